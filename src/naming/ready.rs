//! Ready patterns for the usual telephone exchanges.
//!
//! Sources: FreePBX's callrecording module (`functions.inc.php`) for its names and the types of calls, which Issabel
//! shares; 3CX's recordings as they lie on the disk; FreeSWITCH's and Asterisk's are whatever the dialplan says, so these
//! are the habits. Mango and UIS let the firm choose: check one name of yours before you rely on theirs.

/// Patterns of one exchange.
#[derive(Clone, Copy, Debug)]
pub struct Ready {
    /// As the configuration names them.
    pub name: &'static str,
    /// In the order in which they are tried.
    pub patterns: &'static [&'static str],
    /// Whether the shape is fixed by the exchange, so that it is looked for where nobody says anything.
    pub is_certain: bool,
}

/// All of them.
pub const READY: &[Ready] = &[
    Ready {
        name: "freepbx",
        patterns: &["{type}-{callee}-{caller}-{date:YYYYMMDD}-{time:hhmmss}-{unique_id:asterisk}"],
        is_certain: true,
    },
    Ready {
        name: "issabel",
        patterns: &[
            "{type}-{callee}-{caller}-{date:YYYYMMDD}-{time:hhmmss}-{unique_id:asterisk}",
            "{type}{extension}-{date:YYYYMMDD}-{time:hhmmss}-{unique_id:asterisk}",
        ],
        is_certain: true,
    },
    Ready {
        name: "3cx",
        patterns: &[
            "[{manager}]_{caller}-{callee}_{date:YYYYMMDD}{time:hhmmss}({any})",
            "[{any}]_{caller}-{callee}_{date:YYYYMMDD}{time:hhmmss}({any})",
        ],
        is_certain: true,
    },
    Ready {
        name: "mixmonitor",
        patterns: &[
            "{date}-{time}-{caller}-{callee}-{unique_id:asterisk}",
            "{date}-{time}-{caller}-{callee}",
            "{date}_{time}_{caller}_{callee}",
            "{caller}-{callee}-{date}-{time}",
            "{unique_id:asterisk}",
        ],
        is_certain: false,
    },
    Ready {
        name: "freeswitch",
        patterns: &["{date}-{time}_{callee}_{caller}", "{unique_id:uuid}"],
        is_certain: false,
    },
    Ready {
        name: "mango",
        patterns: &[
            "{date}__{time}__{caller}__{callee}",
            "{date}_{time}_{caller}_{callee}",
            "{date}_{time}_{direction}_{caller}_{callee}",
        ],
        is_certain: false,
    },
    Ready {
        name: "uis",
        patterns: &[
            "{date}_{time}_{caller}_{callee}_{unique_id}",
            "{date}_{time}_{caller}_{callee}",
            "{date}_{time}_{direction}_{client}_{extension}",
        ],
        is_certain: false,
    },
];

/// Their names, for messages.
pub(super) fn names() -> String {
    let names: Vec<&str> = READY.iter().map(|ready| ready.name).collect();
    names.join(", ")
}
