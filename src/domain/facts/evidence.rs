//! How well a recorded value is proved (证明等级).

use crate::coded::coded;

coded! {
    /// In rising order of weight: an explanation shows the weakest of what it used.
    pub enum Evidence {
        /// 企业自报
        EntitySupplied = "ENTITY_SUPPLIED",
        /// 有佐证材料
        Documented = "DOCUMENTED",
        /// 部门数据比对
        DepartmentMatched = "DEPARTMENT_MATCHED",
        /// 专项审计
        Audited = "AUDITED",
    }
}
