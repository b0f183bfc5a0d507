//! A table as its headers tell it: which one it is, and what each of its columns holds.

use super::cell::Unit;
use super::columns::{Field, Target};
use super::problem::{RowPlace, Spot};

/// The three tables, told apart by their headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 企业
    Enterprises,
    /// 年度数据: has a column 年度.
    Figures,
    /// 资质: has a column of that name.
    Certifications,
}

/// What stands under a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    Column(Column),
    /// The header is wrong, which has been told once; its cells are passed over.
    Faulty,
    /// No header: nothing may stand here.
    Bare,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub target: Target,
    pub unit: Unit,
}

#[derive(Debug)]
pub struct Table {
    pub kind: Kind,
    pub slots: Vec<Slot>,
}

impl Kind {
    /// What no row of the table can do without. What a new enterprise needs besides is asked later.
    pub fn required(self) -> &'static [Field] {
        match self {
            Kind::Enterprises => &[Field::Uscc],
            Kind::Figures => &[Field::Uscc, Field::Year],
            Kind::Certifications => &[Field::Uscc, Field::Scheme, Field::Number, Field::ValidFrom],
        }
    }
}

impl Table {
    pub fn place_of(&self, field: Field) -> Option<usize> {
        let wanted = Target::Field(field);
        self.slots
            .iter()
            .position(|slot| matches!(slot, Slot::Column(column) if column.target == wanted))
    }

    /// The cell of a row under a field, or the row where there is no such column.
    pub fn cell(&self, at: RowPlace, field: Field) -> Spot {
        self.place_of(field)
            .map_or(Spot::of_row(at), |place| Spot::of_cell(at, place))
    }
}
