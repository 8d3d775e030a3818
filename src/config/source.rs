//! The files of one load: each is read, parsed and checked once, however many partitions extend it.

use super::layer::Layer;
use super::problem::Problem;
use super::span::{File, Span};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::de::DeTable;

/// Layers by path.
pub(super) struct Sources {
    layers: BTreeMap<PathBuf, Result<Arc<Layer>, Problem>>,
}

impl Sources {
    /// No file yet.
    pub(super) fn new() -> Self {
        Self {
            layers: BTreeMap::new(),
        }
    }

    /// The layer of a file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub(super) fn open(&mut self, path: &Path) -> Result<Arc<Layer>, Problem> {
        if let Some(layer) = self.layers.get(path) {
            return layer.clone();
        }
        let layer = read(path);
        self.layers.insert(path.to_path_buf(), layer.clone());
        layer
    }
}

fn read(path: &Path) -> Result<Arc<Layer>, Problem> {
    let text = std::fs::read_to_string(path).map_err(|source| {
        Problem::of_file(
            path,
            format!("cannot read this file: {source}"),
            "declarations are UTF-8 text that you may read",
        )
    })?;
    let file = Arc::new(File {
        path: path.to_path_buf(),
        text,
    });
    let (table, errors) = DeTable::parse_recoverable(&file.text);
    let syntax: Vec<Problem> = errors
        .iter()
        .map(|error| {
            let span = Span {
                file: Arc::clone(&file),
                bytes: error.span().unwrap_or(0..0),
            };
            Problem::at(&span, format!("not TOML: {}", error.message()))
        })
        .collect();
    Ok(Arc::new(Layer::new(&file, table.get_ref(), syntax)))
}
