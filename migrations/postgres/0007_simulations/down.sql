DROP TABLE simulation_movements;
DROP TABLE simulations;
