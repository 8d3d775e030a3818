//! The unit of each parameter, and how a declared quantity (`500ms`) becomes the number that AWS stores.
