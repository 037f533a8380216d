//! What was said in a call: words, turns, and what was heard but not believed.
//!
//! [`Heard`] is the plain data that decoding and recognizing one recording returns (or reading a
//! transcript made elsewhere), and all that rules and grading see of it.

use crate::call::{Recording, Span, Speaker};
use crate::warning::Warning;

/// One recognized word.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// As recognized: may carry punctuation and capitals, never white space, never empty.
    pub text: String,
    /// When it was said.
    pub span: Span,
    /// The recognizer's probability, 0 to 1; 1 in transcripts made elsewhere.
    pub confidence: f32,
}

/// One speaker's uninterrupted stretch.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// Who speaks.
    pub speaker: Speaker,
    /// From the first word to the last.
    pub span: Span,
    /// In the order in which they were said; never empty.
    pub words: Vec<Word>,
}

impl Turn {
    /// The words with single spaces between them.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for word in &self.words {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&word.text);
        }
        text
    }

    /// Mean confidence of the words, 0 to 1 (0 for a turn with no words).
    pub fn confidence(&self) -> f32 {
        if self.words.is_empty() {
            return 0.0;
        }
        self.words.iter().map(|word| word.confidence).sum::<f32>() / self.words.len() as f32
    }
}

/// Why recognized text was not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DropReason {
    /// The recognizer itself says that nobody speaks.
    NoSpeech,
    /// The same words over and over.
    Repetition,
    /// More letters a second than a person can say.
    TooFast,
    /// The mean log-probability is too low, after a second try too.
    LowConfidence,
    /// A text that Whisper is known to invent («Субтитры сделал …»).
    KnownInvention,
    /// The other channel's voice, heard faintly on this one.
    Crosstalk,
    /// Letters of a script that the call's language does not use, or no letters at all.
    ForeignScript,
}

impl DropReason {
    /// The word that JSON uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoSpeech => "no_speech",
            Self::Repetition => "repetition",
            Self::TooFast => "too_fast",
            Self::LowConfidence => "low_confidence",
            Self::KnownInvention => "known_invention",
            Self::Crosstalk => "crosstalk",
            Self::ForeignScript => "foreign_script",
        }
    }

    /// The way back; `None` for any other word.
    pub fn parse(word: &str) -> Option<Self> {
        [
            Self::NoSpeech,
            Self::Repetition,
            Self::TooFast,
            Self::LowConfidence,
            Self::KnownInvention,
            Self::Crosstalk,
            Self::ForeignScript,
        ]
        .into_iter()
        .find(|reason| reason.as_str() == word)
    }
}

/// Recognized text that a guard took out; listed in the draft, never silently gone.
#[derive(Clone, Debug, PartialEq)]
pub struct Dropped {
    /// On whose channel.
    pub speaker: Speaker,
    /// When.
    pub span: Span,
    /// What the recognizer made of it; may be empty.
    pub text: String,
    /// Why it was not believed.
    pub reason: DropReason,
}

/// When one speaker's channel carries speech, by voice activity (by turns where there is no sound).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Sorted, apart from one another.
    pub spans: Vec<Span>,
}

impl Activity {
    /// Time with speech, in milliseconds.
    pub fn total_ms(&self) -> u64 {
        self.spans.iter().map(|span| u64::from(span.len_ms())).sum()
    }
}

/// One call as it was heard: the input of rules and grading.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heard {
    /// The file.
    pub recording: Recording,
    /// Ordered by start, then by speaker.
    pub turns: Vec<Turn>,
    /// Speech on each channel that was looked at, ordered by speaker.
    pub activity: Vec<(Speaker, Activity)>,
    /// What was heard and not believed, ordered by start.
    pub dropped: Vec<Dropped>,
    /// What the reader of the draft must know.
    pub warnings: Vec<Warning>,
}

impl Heard {
    /// Whether the speakers are told apart: no turn and no channel is [`Speaker::Unknown`].
    pub fn speakers_known(&self) -> bool {
        self.turns.iter().all(|turn| turn.speaker != Speaker::Unknown)
            && self.activity.iter().all(|(speaker, _)| *speaker != Speaker::Unknown)
    }

    /// When `speaker`'s channel carries speech; empty where the channel is not there.
    pub fn activity_of(&self, speaker: Speaker) -> &[Span] {
        self.activity
            .iter()
            .find(|(who, _)| *who == speaker)
            .map_or(&[], |(_, activity)| activity.spans.as_slice())
    }
}
