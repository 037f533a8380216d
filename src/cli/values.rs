//! The words that an option may take.

use clap::ValueEnum;

/// What an evaluation shows more of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// Each criterion with its confusion table.
    Criterion,
    /// Each call type, and which is taken for which.
    Type,
    /// Every call in which something differs.
    Call,
}

/// The form of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogForm {
    /// A line of text for each entry.
    Text,
    /// A JSON object for each entry.
    Json,
}

/// Left or right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Side {
    /// The first channel.
    Left,
    /// The second channel.
    Right,
}

/// A language that the report speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// Russian.
    Ru,
    /// English.
    En,
}

/// The form of a transcript.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TranscriptFormat {
    /// One paragraph a turn, with the time and the speaker.
    #[default]
    Text,
    /// One object a line, with words, times and confidence.
    Json,
    /// `SubRip` subtitles.
    Srt,
    /// `WebVTT` subtitles.
    Vtt,
}

/// A shell that completions can be made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// Bash.
    Bash,
    /// Elvish.
    Elvish,
    /// Fish.
    Fish,
    /// `PowerShell`.
    Powershell,
    /// Zsh.
    Zsh,
}
