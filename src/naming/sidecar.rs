//! A sidecar: what a CRM or a script knows of a call, as JSON beside its recording.
//!
//! `call.wav.json` or `call.json` beside `call.wav`, with the names that a draft uses: `started_at`, `direction`,
//! `manager`, `client`, `repeated`, `ended_by`, `extension`, `unique_id`; at the top or under `call`. Other names are left
//! alone. This reads bytes; where the file lies is not decided here.

use serde::Deserialize;

use crate::call::{CallInfo, Moment, Number, Roster, Speaker, Way};

/// Longest sidecar in bytes.
pub const LONGEST_BYTES: u64 = 64 << 10;

/// Why a sidecar tells nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SidecarError {
    /// Not JSON, or a field of the wrong type.
    #[error("{0}")]
    Shape(String),
    /// A value that means nothing.
    #[error("`{field}` is `{value}`; wanted {wanted}")]
    Value {
        /// The field.
        field: &'static str,
        /// What it says.
        value: String,
        /// What it may say.
        wanted: &'static str,
    },
}

#[derive(Deserialize)]
struct Outer {
    call: Option<Inner>,
    #[serde(flatten)]
    own: Inner,
}

#[derive(Deserialize)]
struct Inner {
    started_at: Option<String>,
    direction: Option<String>,
    manager: Option<String>,
    client: Option<String>,
    repeated: Option<bool>,
    ended_by: Option<String>,
    extension: Option<String>,
    unique_id: Option<String>,
}

/// Reads a sidecar; `None` where it is JSON that says nothing of a call.
///
/// # Errors
///
/// When it is none, or says something that cannot be.
pub fn read(bytes: &[u8], roster: &Roster) -> Result<Option<CallInfo>, SidecarError> {
    // Editors on Windows write a byte order mark, which JSON does not allow.
    let json = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let outer: Outer =
        serde_json::from_slice(json).map_err(|error| SidecarError::Shape(error.to_string()))?;
    let call = outer.call.unwrap_or(outer.own);
    let wrong =
        |field, value: &str, wanted| SidecarError::Value { field, value: value.to_owned(), wanted };
    if let Some(text) = &call.started_at
        && Moment::parse(text).is_none()
    {
        let wanted = "RFC 3339 with an offset, as in 2026-03-14T10:15:00+03:00";
        return Err(wrong("started_at", text, wanted));
    }
    let way = match &call.direction {
        Some(word) => Some(Way::parse(word).ok_or_else(|| wrong("direction", word, "in or out"))?),
        None => None,
    };
    let ended_by = match call.ended_by.as_deref() {
        None => None,
        Some("manager") => Some(Speaker::Manager),
        Some("client") => Some(Speaker::Client),
        Some(word) => return Err(wrong("ended_by", word, "manager or client")),
    };
    let plain = |text: String| match Number::parse(&text) {
        Some(Number::Inside(number) | Number::Outside(number)) => number,
        _ => text,
    };
    let extension = call.extension.map(plain);
    let by_extension = extension.as_deref().and_then(|text| roster.by_extension(text));
    let manager = match (call.manager, by_extension) {
        (Some(name), _) => Some(roster.by_name(&name).map_or(name.clone(), str::to_owned)),
        (None, Some(name)) => Some(name.to_owned()),
        (None, None) => extension.clone(),
    };
    let info = CallInfo {
        started_at: call.started_at,
        direction: way.and_then(Way::direction),
        manager,
        client: call.client.map(plain),
        repeated: call.repeated,
        ended_by,
        extension,
        unique_id: call.unique_id,
    };
    Ok((info != CallInfo::default()).then_some(info))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Direction;

    fn told(json: &str) -> Result<Option<CallInfo>, SidecarError> {
        read(json.as_bytes(), &Roster::default())
    }

    #[test]
    fn a_sidecar_says_what_it_says_at_the_top_or_under_call() {
        let flat = r#"{"direction": "out", "client": "8 (916) 123-45-67", "extension": "201", "crm": {"deal": 5}}"#;
        let info = told(flat).unwrap().unwrap();
        assert_eq!(info.direction, Some(Direction::Outbound));
        assert_eq!(info.client.as_deref(), Some("+79161234567"));
        assert_eq!(info.manager.as_deref(), Some("201"));
        assert_eq!(told(&format!("{{\"call\": {flat}}}")).unwrap().unwrap(), info);
    }

    #[test]
    fn json_about_something_else_says_nothing() {
        assert_eq!(told(r#"{"id": 5, "turns": []}"#), Ok(None));
        assert_eq!(told("{}"), Ok(None));
    }

    #[test]
    fn nonsense_is_told_with_the_field() {
        for (json, part) in [
            (r#"{"started_at": "14.03.2026"}"#, "`started_at` is `14.03.2026`"),
            (r#"{"direction": "up"}"#, "`direction` is `up`"),
            (r#"{"ended_by": "cat"}"#, "`ended_by` is `cat`"),
            (r#"{"client": 5}"#, "expected a string"),
            ("", "EOF"),
            ("[1]", "expected"),
        ] {
            let error = told(json).unwrap_err().to_string();
            assert!(error.contains(part), "{error:?} lacks {part:?}");
        }
    }
}
