//! Parameters of groups, and of families, as AWS lists them.
