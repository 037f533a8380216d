//! Names that a firm has of its own: what `{company}`, `{own_name}` and `{product}` stand for.
//!
//! They come from the settings or from a rulebook's `[firm]` table; both together count.

/// Names of a firm, each as people say it; several spellings are several entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Firm {
    /// Names of the company: «Тёплый дом».
    pub companies: Vec<String>,
    /// Names of managers: «Анна Петрова».
    pub managers: Vec<String>,
    /// Names of products and services.
    pub products: Vec<String>,
}
