//! The numbers of the JSON: rounded once, here, so that the same draft is the same bytes everywhere.

use std::borrow::Cow;

use crate::grading::draft::Level;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

/// Seconds with three digits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Seconds(f64);

impl Seconds {
    /// From whole milliseconds.
    pub fn from_ms(ms: u64) -> Self {
        Self(ms as f64 / 1000.0)
    }
}

/// A number from 0 to 1 with three digits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Share(f64);

impl Share {
    /// Rounded; what lies outside 0 to 1 is moved to the nearer end.
    pub fn new(value: f64) -> Self {
        Self(rounded(value.clamp(0.0, 1.0), 1000.0))
    }
}

impl JsonSchema for Share {
    fn schema_name() -> Cow<'static, str> {
        "Share".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0, "maximum": 1 })
    }
}

/// A CQR with two digits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Rating(pub(super) f64);

impl JsonSchema for Rating {
    fn schema_name() -> Cow<'static, str> {
        "Rating".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0, "maximum": 100 })
    }
}

/// 0, 0.5 or 1: whole numbers without a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LevelJson(pub(super) Level);

impl Serialize for LevelJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Level::Zero => serializer.serialize_u8(0),
            Level::Half => serializer.serialize_f64(0.5),
            Level::Full => serializer.serialize_u8(1),
        }
    }
}

impl JsonSchema for LevelJson {
    fn schema_name() -> Cow<'static, str> {
        "Level".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "enum": [0, 0.5, 1] })
    }
}

pub(super) fn rounded(value: f64, scale: f64) -> f64 {
    (value * scale).round() / scale
}
