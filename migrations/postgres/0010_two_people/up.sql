-- Who shall be what: proposed by one, decided by another. What stands in users is the assignment in force.
CREATE TABLE role_assignments (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  user_id TEXT COLLATE "C" NOT NULL,
  role TEXT COLLATE "C" NOT NULL CHECK (role IN ('CITY_OFFICER', 'DISTRICT_OFFICER', 'ENTERPRISE', 'AUDITOR', 'SYSTEM_ADMIN', 'SECURITY_ADMIN', 'AUDIT_ADMIN')),
  district_code TEXT COLLATE "C",
  enterprise_id TEXT COLLATE "C",
  state TEXT COLLATE "C" NOT NULL CHECK (state IN ('PROPOSED', 'APPROVED', 'REJECTED', 'SUPERSEDED', 'WITHDRAWN')),
  proposed_by TEXT COLLATE "C" NOT NULL,
  proposed_at TIMESTAMP NOT NULL,
  decided_by TEXT COLLATE "C",
  decided_at TIMESTAMP,
  reason TEXT COLLATE "C",
  seq BIGINT NOT NULL,
  CHECK (proposed_by <> user_id),
  -- Whoever has the machine in hand (system:cli) acts alone: so a city begins.
  CHECK (decided_by IS NULL OR (decided_by <> user_id AND (decided_by <> proposed_by OR state = 'WITHDRAWN' OR decided_by LIKE 'system:%'))),
  -- Only who proposed it takes it back.
  CHECK (state <> 'WITHDRAWN' OR decided_by = proposed_by),
  CHECK ((state = 'PROPOSED') = (decided_by IS NULL)),
  CHECK ((role = 'DISTRICT_OFFICER') = (district_code IS NOT NULL)),
  CHECK ((role = 'ENTERPRISE') = (enterprise_id IS NOT NULL))
);
CREATE UNIQUE INDEX role_assignments_open ON role_assignments (user_id) WHERE state = 'PROPOSED';
CREATE UNIQUE INDEX role_assignments_in_force ON role_assignments (user_id) WHERE state = 'APPROVED';
CREATE INDEX role_assignments_user ON role_assignments (user_id, id);

-- An account begins without a role. (As on SQLite, which cannot take a NOT NULL away from a column.)
ALTER TABLE users ADD COLUMN role_in_force TEXT COLLATE "C";
UPDATE users SET role_in_force = role;
ALTER TABLE users DROP COLUMN role;
ALTER TABLE users RENAME COLUMN role_in_force TO role;

-- Nobody gets a role that two people have not agreed on, not even with SQL in hand.
CREATE FUNCTION refuse_role_without_assignment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.role IS NULL THEN RETURN NEW; END IF;
  IF TG_OP = 'INSERT' THEN RAISE EXCEPTION 'an account begins without a role'; END IF;
  IF (NEW.role, NEW.district_code, NEW.enterprise_id) IS NOT DISTINCT FROM (OLD.role, OLD.district_code, OLD.enterprise_id) THEN RETURN NEW; END IF;
  IF NOT EXISTS (
    SELECT 1 FROM role_assignments a WHERE a.user_id = NEW.id AND a.state = 'APPROVED' AND a.role = NEW.role
      AND a.district_code IS NOT DISTINCT FROM NEW.district_code AND a.enterprise_id IS NOT DISTINCT FROM NEW.enterprise_id)
  THEN RAISE EXCEPTION 'a role needs an approved assignment'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER users_role_by_assignment BEFORE INSERT OR UPDATE ON users
FOR EACH ROW EXECUTE FUNCTION refuse_role_without_assignment();

-- 三员分立: the three administrators are exclusive of each other and of everybody else. And what was proposed is what is decided.
CREATE FUNCTION refuse_mixed_roles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF (NEW.user_id, NEW.role, NEW.district_code, NEW.enterprise_id, NEW.proposed_by)
      IS DISTINCT FROM (OLD.user_id, OLD.role, OLD.district_code, OLD.enterprise_id, OLD.proposed_by)
    THEN RAISE EXCEPTION 'what was proposed does not change'; END IF;
    RETURN NEW;
  END IF;
  IF EXISTS (
    SELECT 1 FROM role_assignments o WHERE o.user_id = NEW.user_id AND o.state IN ('APPROVED', 'SUPERSEDED')
      AND (CASE WHEN o.role LIKE '%_ADMIN' THEN o.role ELSE '' END) <> (CASE WHEN NEW.role LIKE '%_ADMIN' THEN NEW.role ELSE '' END))
  THEN RAISE EXCEPTION 'an administrator has been and will be nothing else'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER role_assignments_exclusive BEFORE INSERT OR UPDATE ON role_assignments
FOR EACH ROW EXECUTE FUNCTION refuse_mixed_roles();

-- 经办 and 审核 of a rule version: nobody approves what they had a hand in, be it its document or its cases.
CREATE FUNCTION refuse_rule_maker_as_checker() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NEW.approved_by IS DISTINCT FROM OLD.approved_by THEN RAISE EXCEPTION 'an approval is a state of its own'; END IF;
    RETURN NEW;
  END IF;
  IF NEW.approved_by IS NOT NULL AND (
    EXISTS (SELECT 1 FROM document_drafts d WHERE d.name = NEW.name AND d.version = NEW.version AND NEW.approved_by IN (d.created_by, d.edited_by))
    OR EXISTS (SELECT 1 FROM document_cases t WHERE t.name = NEW.name AND t.version = NEW.version AND (t.added_by = NEW.approved_by OR t.superseded_by = NEW.approved_by))
    OR EXISTS (SELECT 1 FROM document_waivers w WHERE w.name = NEW.name AND w.version = NEW.version AND (w.waived_by = NEW.approved_by OR w.superseded_by = NEW.approved_by)))
  THEN RAISE EXCEPTION 'the maker is not the checker'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER document_drafts_maker_is_no_checker BEFORE INSERT OR UPDATE ON document_drafts
FOR EACH ROW EXECUTE FUNCTION refuse_rule_maker_as_checker();
