//! Words of fictional firms.

use super::dice::Dice;

/// A line of business with its codes.
pub struct Trade {
    pub word: &'static str,
    /// GB/T 4754-2017
    pub industry: &'static str,
    /// 技术领域
    pub field: &'static str,
    /// 划型行业
    pub size_class: &'static str,
}

/// District code, short name, and how many of a hundred firms sit there.
pub const DISTRICTS: &[(&str, &str, u64)] = &[
    ("330602", "越城", 22),
    ("330603", "柯桥", 26),
    ("330604", "上虞", 18),
    ("330624", "新昌", 9),
    ("330681", "诸暨", 16),
    ("330683", "嵊州", 9),
];

pub const PARKS: &[&str] = &["滨海新区", "镜湖新区", "科创走廊", "高新技术产业园"];

pub const SURNAMES: &[&str] = &[
    "赵", "钱", "孙", "李", "周", "吴", "郑", "王", "冯", "陈", "沈", "韩", "杨", "朱",
];

pub const TRADES: &[Trade] = &[
    made("纺织新材料", "C1752", "4.新材料"),
    made("印染科技", "C1713", "8.先进制造与自动化"),
    made("功能面料", "C1761", "4.新材料"),
    made("精细化工", "C2661", "4.新材料"),
    made("高分子材料", "C2651", "4.新材料"),
    made("医药", "C2710", "2.生物与新医药"),
    made("生物制品", "C2761", "2.生物与新医药"),
    made("医疗器械", "C3581", "2.生物与新医药"),
    made("纺织机械", "C3551", "8.先进制造与自动化"),
    made("轴承", "C3451", "8.先进制造与自动化"),
    made("数控装备", "C3421", "8.先进制造与自动化"),
    made("制冷设备", "C3464", "6.新能源与节能"),
    made("环保装备", "C3591", "7.资源与环境"),
    made("汽车部件", "C3670", "8.先进制造与自动化"),
    made("电机", "C3812", "6.新能源与节能"),
    made("光伏", "C3825", "6.新能源与节能"),
    made("智能仪表", "C4011", "8.先进制造与自动化"),
    made("集成电路", "C3973", "1.电子信息"),
    made("电子元件", "C3981", "1.电子信息"),
    made("航空部件", "C3744", "3.航空航天"),
    made("铜材", "C3251", "4.新材料"),
    soft("软件", "I6513", "1.电子信息"),
    soft("信息技术", "I6531", "1.电子信息"),
    soft("数据服务", "I6550", "5.高技术服务"),
];

/// 虚构, district, two characters, trade, form.
pub fn name(district: &str, trade: &Trade, dice: &mut Dice) -> String {
    const FIRST: &[char] = &[
        '云', '知', '清', '若', '望', '禾', '澄', '启', '衡', '拓', '朗', '耘', '溪', '砺', '征',
        '岚',
    ];
    const SECOND: &[char] = &[
        '川', '行', '舟', '野', '岳', '石', '桥', '帆', '湖', '原', '林', '越', '谷', '洲', '曜',
        '弦',
    ];
    const FORMS: &[&str] = &[
        "有限公司",
        "科技有限公司",
        "股份有限公司",
        "（绍兴）有限公司",
    ];
    let (first, second, form) = (dice.pick(FIRST), dice.pick(SECOND), dice.pick(FORMS));
    format!("虚构{district}{first}{second}{}{form}", trade.word)
}

const fn made(word: &'static str, industry: &'static str, field: &'static str) -> Trade {
    Trade {
        word,
        industry,
        field,
        size_class: "INDUSTRY",
    }
}

const fn soft(word: &'static str, industry: &'static str, field: &'static str) -> Trade {
    Trade {
        word,
        industry,
        field,
        size_class: "SOFTWARE",
    }
}
