//! The model that is compiled into the program (cargo feature `demo-model`).
//!
//! It makes the program, its tests and its benchmarks run with no file and no network. `models/README.md` is its card.

/// What drafts and messages call it.
pub const DEMO_NAME: &str = "demo-ru";

/// The demo model's file; `None` in a program built without it.
#[cfg(feature = "demo-model")]
pub fn demo() -> Option<&'static [u8]> {
    Some(include_bytes!("../../../models/demo-ru.bin"))
}

/// The demo model's file; `None` in a program built without it.
#[cfg(not(feature = "demo-model"))]
pub fn demo() -> Option<&'static [u8]> {
    None
}
