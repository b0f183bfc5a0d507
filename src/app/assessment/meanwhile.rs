//! What people decided while a run went on. The run looks at what was known when it began; where a membership or an open
//! movement is another one by now, its proposal would be about something that is past, and is left to the next run.

use std::collections::HashMap;

use super::proposals::Proposed;
use crate::store::memberships;
use crate::store::movements;
use crate::store::{Conn, StoreError};

/// Takes out what no longer fits; the decisions stay, since they tell what was known.
pub(super) fn leave_out(conn: &mut Conn, chunk: &mut Proposed) -> Result<(), StoreError> {
    let (Some(from), Some(to)) = (chunk.stood.keys().min(), chunk.stood.keys().max()) else {
        return Ok(());
    };
    let mut members: HashMap<String, (String, i64)> =
        memberships::current_of_range(conn, from, to)?
            .into_iter()
            .map(|row| (row.enterprise_id, (row.id, row.seq)))
            .collect();
    let mut open: HashMap<String, (String, i64)> = movements::open_of_range(conn, from, to)?
        .into_iter()
        .map(|row| (row.enterprise_id, (row.id, row.seq)))
        .collect();
    chunk.stood.retain(|enterprise, (member, movement)| {
        members.remove(enterprise) == *member && open.remove(enterprise) == *movement
    });
    let fits = |enterprise: &String| chunk.stood.contains_key(enterprise);
    chunk.movements.retain(|row| fits(&row.enterprise_id));
    chunk.overtaken.retain(|row| fits(&row.enterprise_id));
    chunk.counted.retain(|row| fits(&row.enterprise_id));
    Ok(())
}
