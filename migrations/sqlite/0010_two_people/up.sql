-- Who shall be what: proposed by one, decided by another. What stands in users is the assignment in force.
CREATE TABLE role_assignments (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('CITY_OFFICER', 'DISTRICT_OFFICER', 'ENTERPRISE', 'AUDITOR', 'SYSTEM_ADMIN', 'SECURITY_ADMIN', 'AUDIT_ADMIN')),
  district_code TEXT,
  enterprise_id TEXT,
  state TEXT NOT NULL CHECK (state IN ('PROPOSED', 'APPROVED', 'REJECTED', 'SUPERSEDED', 'WITHDRAWN')),
  proposed_by TEXT NOT NULL,
  proposed_at TIMESTAMP NOT NULL,
  decided_by TEXT,
  decided_at TIMESTAMP,
  reason TEXT,
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

-- An account begins without a role. (SQLite cannot take a NOT NULL away from a column.)
ALTER TABLE users ADD COLUMN role_in_force TEXT;
UPDATE users SET role_in_force = role;
ALTER TABLE users DROP COLUMN role;
ALTER TABLE users RENAME COLUMN role_in_force TO role;

-- Nobody gets a role that two people have not agreed on, not even with SQL in hand.
CREATE TRIGGER users_begin_without_a_role BEFORE INSERT ON users WHEN NEW.role IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'an account begins without a role'); END;
CREATE TRIGGER users_role_by_assignment BEFORE UPDATE ON users
WHEN NEW.role IS NOT NULL
  AND (NEW.role IS NOT OLD.role OR NEW.district_code IS NOT OLD.district_code OR NEW.enterprise_id IS NOT OLD.enterprise_id)
  AND NOT EXISTS (
    SELECT 1 FROM role_assignments a WHERE a.user_id = NEW.id AND a.state = 'APPROVED' AND a.role = NEW.role
      AND a.district_code IS NEW.district_code AND a.enterprise_id IS NEW.enterprise_id)
BEGIN SELECT RAISE(ABORT, 'a role needs an approved assignment'); END;

-- 三员分立: the three administrators are exclusive of each other and of everybody else.
CREATE TRIGGER role_assignments_exclusive BEFORE INSERT ON role_assignments
WHEN EXISTS (
  SELECT 1 FROM role_assignments o WHERE o.user_id = NEW.user_id AND o.state IN ('APPROVED', 'SUPERSEDED')
    AND (CASE WHEN o.role LIKE '%_ADMIN' THEN o.role ELSE '' END) <> (CASE WHEN NEW.role LIKE '%_ADMIN' THEN NEW.role ELSE '' END))
BEGIN SELECT RAISE(ABORT, 'an administrator has been and will be nothing else'); END;
-- What was proposed is what is decided.
CREATE TRIGGER role_assignments_fixed BEFORE UPDATE ON role_assignments
WHEN NEW.user_id <> OLD.user_id OR NEW.role <> OLD.role OR NEW.district_code IS NOT OLD.district_code
  OR NEW.enterprise_id IS NOT OLD.enterprise_id OR NEW.proposed_by <> OLD.proposed_by
BEGIN SELECT RAISE(ABORT, 'what was proposed does not change'); END;

-- 经办 and 审核 of a rule version: nobody approves what they had a hand in, be it its document or its cases.
CREATE TRIGGER document_drafts_maker_is_no_checker BEFORE INSERT ON document_drafts
WHEN NEW.approved_by IS NOT NULL AND (
  EXISTS (SELECT 1 FROM document_drafts d WHERE d.name = NEW.name AND d.version = NEW.version AND NEW.approved_by IN (d.created_by, d.edited_by))
  OR EXISTS (SELECT 1 FROM document_cases t WHERE t.name = NEW.name AND t.version = NEW.version AND (t.added_by = NEW.approved_by OR t.superseded_by = NEW.approved_by))
    OR EXISTS (SELECT 1 FROM document_waivers w WHERE w.name = NEW.name AND w.version = NEW.version AND (w.waived_by = NEW.approved_by OR w.superseded_by = NEW.approved_by)))
BEGIN SELECT RAISE(ABORT, 'the maker is not the checker'); END;
CREATE TRIGGER document_drafts_approval_is_fixed BEFORE UPDATE ON document_drafts WHEN NEW.approved_by IS NOT OLD.approved_by
BEGIN SELECT RAISE(ABORT, 'an approval is a state of its own'); END;
