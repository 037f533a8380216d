//! Grades recorded sales calls.
fn main() {}
