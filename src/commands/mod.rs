//! Being written.

pub mod models;
