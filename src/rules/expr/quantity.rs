//! Numbers known of a call, by the names that rule files use.
//!
//! What they are is measured in `course.rs` and `evaluate.rs`.

/// A number known of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantity {
    ManagerWords,
    ClientWords,
    ManagerTurns,
    ClientTurns,
    /// Words a turn, on average.
    ManagerTurnWords,
    ClientTurnWords,
    /// Turns in which something is asked.
    ManagerQuestions,
    ClientQuestions,
    /// The manager's part of all words, 0 to 1.
    ManagerShare,
    /// The manager's part of all speech in time, 0 to 1.
    ManagerTimeShare,
    /// From the first word to the last.
    DurationS,
    /// Time in which somebody speaks.
    TalkS,
    /// Time between the first word and the last in which nobody speaks.
    SilenceS,
    LongestSilenceS,
    /// Silences of 15 s and more (`course::HOLD_MS`).
    Holds,
    /// Time in which both speak.
    OverlapS,
    /// How often he begins while the other speaks, and goes on for half a second.
    ManagerInterruptions,
    ClientInterruptions,
    /// The longest stretch that no turn of the other breaks.
    ManagerMonologueS,
    ClientMonologueS,
    /// Words a minute of own speech.
    ManagerPace,
    ClientPace,
    /// The hour in which the call began, 0 to 23, on the clock of its source.
    Hour,
}

impl Quantity {
    /// As rule files write them.
    pub(crate) const ALL: [(&'static str, Self); 23] = [
        ("words.manager", Self::ManagerWords),
        ("words.client", Self::ClientWords),
        ("turns.manager", Self::ManagerTurns),
        ("turns.client", Self::ClientTurns),
        ("turn_words.manager", Self::ManagerTurnWords),
        ("turn_words.client", Self::ClientTurnWords),
        ("questions.manager", Self::ManagerQuestions),
        ("questions.client", Self::ClientQuestions),
        ("share.manager", Self::ManagerShare),
        ("time_share.manager", Self::ManagerTimeShare),
        ("duration_s", Self::DurationS),
        ("talk_s", Self::TalkS),
        ("silence.total_s", Self::SilenceS),
        ("silence.longest_s", Self::LongestSilenceS),
        ("holds", Self::Holds),
        ("overlap_s", Self::OverlapS),
        ("interruptions.manager", Self::ManagerInterruptions),
        ("interruptions.client", Self::ClientInterruptions),
        ("monologue.manager_s", Self::ManagerMonologueS),
        ("monologue.client_s", Self::ClientMonologueS),
        ("pace.manager", Self::ManagerPace),
        ("pace.client", Self::ClientPace),
        ("hour", Self::Hour),
    ];

    /// As rule files write it.
    pub(crate) fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, quantity)| *quantity == self).map_or("", |(name, _)| name)
    }

    /// By its name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, quantity)| *quantity)
    }
}
