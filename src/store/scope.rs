//! The one place where a scope becomes a condition of a query.

/// Narrows a boxed query to what a scope sees, by the columns that hold the district's code and the enterprise's id; a
/// table without the district's code by the condition of its own that says where the enterprise lies now.
macro_rules! within {
    ($query:expr, $scope:expr, lies_in |$code:ident| $lies_in:expr, $enterprise:expr) => {
        match $scope {
            $crate::domain::access::Scope::All => $query,
            $crate::domain::access::Scope::District($code) => $query.filter($lies_in),
            $crate::domain::access::Scope::Enterprise(id) => $query.filter($enterprise.eq(id)),
            $crate::domain::access::Scope::Delegated(to) => {
                use $crate::store::schema::{delegation_scopes as s, delegations as d};
                let holds = d::table
                    .inner_join(s::table.on(s::delegation_id.eq(d::id)))
                    .filter(d::enterprise_id.eq($enterprise))
                    .filter(d::agency_id.eq(&to.agency_id))
                    .filter(s::scope.eq(to.right.as_str()))
                    .filter(d::revoked_at.is_null())
                    .filter(d::valid_from.le(to.on))
                    .filter(d::valid_through.ge(to.on));
                $query.filter(diesel::dsl::exists(holds))
            }
            // The column is never null.
            $crate::domain::access::Scope::Nothing => $query.filter($enterprise.is_null()),
        }
    };
    ($query:expr, $scope:expr, $district:expr, $enterprise:expr) => {
        within!(
            $query,
            $scope,
            lies_in | code | $district.eq(code),
            $enterprise
        )
    };
}
pub(super) use within;
