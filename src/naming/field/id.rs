//! The ids that exchanges give to calls.

/// The shapes of ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::naming) enum IdShape {
    /// Letters, digits, dots and `=`; or a UUID.
    Any,
    /// Second since 1970, a dot, a number; a system's name and a hyphen may stand in front.
    Asterisk,
    /// 8-4-4-4-12 hex digits.
    Uuid,
}

/// The second since 1970 with which an Asterisk id begins.
pub(in crate::naming) fn asterisk_second(id: &str) -> Option<i64> {
    let id = id.rsplit('-').next()?;
    let (second, rest) = id.split_once('.')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (matches!(second.len(), 9 | 10) && is_number(second) && is_number(rest))
        .then(|| second.parse().ok())?
}

impl IdShape {
    pub(super) fn fits(self, text: &str) -> bool {
        let is_uuid = || {
            let parts: Vec<&str> = text.split('-').collect();
            let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
            lengths == [8, 4, 4, 4, 12]
                && parts.iter().all(|part| part.bytes().all(|b| b.is_ascii_hexdigit()))
        };
        match self {
            Self::Uuid => is_uuid(),
            Self::Asterisk => {
                let is_system = |text: &str| {
                    text.starts_with(|c: char| c.is_ascii_alphabetic())
                        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                };
                asterisk_second(text).is_some()
                    && text.rsplit_once('-').is_none_or(|(system, _)| is_system(system))
            }
            Self::Any => {
                is_uuid()
                    || (4 <= text.len()
                        && text
                            .bytes()
                            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'=')))
            }
        }
    }
}
