//! What the reader of a draft must know before believing it.
//!
//! Warnings are data, so that JSON carries a stable code and the report can speak the reader's
//! language; [`std::fmt::Display`] is the English text.

use std::fmt;

/// One thing that makes a draft worth less, or that somebody can put right.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Warning {
    /// The file ends before its header says so, or in the middle of a packet.
    Truncated {
        /// What could be decoded, in milliseconds.
        decoded_ms: u32,
    },
    /// The file's name promises another format than its bytes hold.
    WrongExtension {
        /// What the bytes hold, for example `mp3`.
        found: String,
    },
    /// Packets that could not be decoded and were left out.
    DamagedPackets {
        /// How many.
        count: u32,
    },
    /// Samples that are no numbers, taken as silence.
    NotANumber {
        /// How many.
        count: u64,
    },
    /// One channel only: nobody can tell who speaks.
    Mono,
    /// Two channels with the same sound: treated as one, nobody can tell who speaks.
    DualMono,
    /// A channel without any sound.
    EmptyChannel {
        /// Counted from 1.
        channel: u16,
    },
    /// More than two channels: the first two were used.
    ExtraChannels {
        /// How many there are.
        channels: u16,
    },
    /// One side of a call whose other side's file was not given, so that it is one channel.
    MissingHalf {
        /// The name that the other file would have.
        other: String,
    },
    /// Decoded by `ffmpeg` on the PATH, as our own decoder does not know the format.
    DecodedByFfmpeg,
    /// The embedded demo model recognized the call.
    DemoModel,
    /// A model that the list does not know.
    UnlistedModel,
    /// The transcript had no times: 150 words a minute were assumed.
    TimesAssumed,
    /// The file's name fits none of the patterns that its source should have.
    NameNotUnderstood,
    /// The file's name can be read in two ways.
    NameAmbiguous,
    /// The clock in the file's name and the second in its id differ: the time zone of the source is wrong.
    ZoneDoubtful {
        /// The name's clock less the id's, in minutes.
        minutes: i64,
    },
    /// The JSON beside the recording cannot be used.
    SidecarUnusable {
        /// Why.
        why: String,
    },
    /// Several calls of the journal could be this one, so none was taken.
    JournalAmbiguous {
        /// How many.
        calls: u32,
    },
    /// One speaker's part was recognized with low confidence.
    PoorlyHeard {
        /// Share of the words under 0.5, in percent.
        percent: u8,
    },
}

impl Warning {
    /// The word that JSON uses.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Truncated { .. } => "truncated",
            Self::WrongExtension { .. } => "wrong_extension",
            Self::DamagedPackets { .. } => "damaged_packets",
            Self::NotANumber { .. } => "not_a_number",
            Self::Mono => "mono",
            Self::DualMono => "dual_mono",
            Self::EmptyChannel { .. } => "empty_channel",
            Self::ExtraChannels { .. } => "extra_channels",
            Self::MissingHalf { .. } => "missing_half",
            Self::DecodedByFfmpeg => "decoded_by_ffmpeg",
            Self::DemoModel => "demo_model",
            Self::UnlistedModel => "unlisted_model",
            Self::TimesAssumed => "times_assumed",
            Self::NameNotUnderstood => "name_not_understood",
            Self::NameAmbiguous => "name_ambiguous",
            Self::ZoneDoubtful { .. } => "zone_doubtful",
            Self::SidecarUnusable { .. } => "sidecar_unusable",
            Self::JournalAmbiguous { .. } => "journal_ambiguous",
            Self::PoorlyHeard { .. } => "poorly_heard",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { decoded_ms } => {
                write!(f, "the recording breaks off after {:.1} s; graded as far as it goes", f64::from(*decoded_ms) / 1000.0)
            }
            Self::WrongExtension { found } => write!(f, "the file holds {found}, whatever its name says"),
            Self::DamagedPackets { count } => write!(f, "{count} damaged packets were left out"),
            Self::NotANumber { count } => write!(f, "{count} samples are no numbers and were taken as silence"),
            Self::Mono => f.write_str("one channel only: speakers cannot be told apart, so what depends on the speaker is unknown"),
            Self::DualMono => f.write_str("both channels carry the same sound: speakers cannot be told apart, so what depends on the speaker is unknown"),
            Self::EmptyChannel { channel } => write!(f, "channel {channel} carries no sound"),
            Self::ExtraChannels { channels } => write!(f, "{channels} channels, of which the first two were used"),
            Self::MissingHalf { other } => write!(f, "one side only: the other side's file `{other}` was not given with it"),
            Self::DecodedByFfmpeg => f.write_str("decoded by ffmpeg, as the format is not one of ours"),
            Self::DemoModel => f.write_str("recognized by the demo model, which knows synthetic speech only; for real calls run `autograde models pull`"),
            Self::UnlistedModel => f.write_str("recognized by a model that models.toml does not list"),
            Self::TimesAssumed => f.write_str("the transcript has no times; 150 words a minute were assumed"),
            Self::NameNotUnderstood => f.write_str("the file's name fits none of the patterns of its source: what it could tell is not known"),
            Self::NameAmbiguous => f.write_str("the file's name can be read in two ways, so nothing was taken from it"),
            Self::ZoneDoubtful { minutes } => write!(f, "the clock in the file's name is {minutes} minutes apart from its id: set `timezone` of its source"),
            Self::SidecarUnusable { why } => write!(f, "the JSON beside the recording was not used: {why}"),
            Self::JournalAmbiguous { calls } => write!(f, "{calls} calls of the journal could be this one, so none was taken"),
            Self::PoorlyHeard { percent } => write!(f, "{percent} % of the words were recognized with low confidence"),
        }
    }
}
