//! The graph as text for drawing tools: Graphviz `dot` and Mermaid.

use super::Graph;
use crate::plan::Action;
use std::fmt::Write as _;

/// Graphviz: `auroractl graph NAME | dot -Tsvg`.
pub fn dot(graph: &Graph) -> String {
    let mut text = String::from(
        "digraph plan {\n  rankdir = TB;\n  node [shape = box, fontname = \"sans-serif\"];\n  edge [fontname = \"sans-serif\", fontsize = 10];\n",
    );
    for (number, action) in graph.actions().enumerate() {
        let style = if action.kind.is_disruptive() {
            ", style = bold"
        } else {
            ""
        };
        let _ = writeln!(
            text,
            "  n{number} [label = \"{}\"{style}];",
            quoted(&label(action), "\\n")
        );
    }
    for (first, second, rule) in graph.essential_edges() {
        if let (Some(first), Some(second)) = (number(graph, first), number(graph, second)) {
            let _ = writeln!(
                text,
                "  n{first} -> n{second} [label = \"{}\"];",
                quoted(rule, " ")
            );
        }
    }
    text.push_str("}\n");
    text
}

/// Mermaid: for Markdown pages that draw it.
pub fn mermaid(graph: &Graph) -> String {
    let mut text = String::from("flowchart TD\n");
    for (number, action) in graph.actions().enumerate() {
        let label = quoted(&label(action), "<br>");
        let (open, close) = if action.kind.is_disruptive() {
            ("[[", "]]")
        } else {
            ("[", "]")
        };
        let _ = writeln!(text, "  n{number}{open}\"{label}\"{close}");
    }
    for (first, second, rule) in graph.essential_edges() {
        if let (Some(first), Some(second)) = (number(graph, first), number(graph, second)) {
            let _ = writeln!(text, "  n{first} -->|{}| n{second}", quoted(rule, " "));
        }
    }
    text
}

fn number(graph: &Graph, wanted: &Action) -> Option<usize> {
    graph.actions().position(|action| action.id == wanted.id)
}

fn label(action: &Action) -> String {
    let forecast = action.forecast;
    if action.kind.is_second_reboot() {
        return format!("{}\nonly if needed", action.id);
    }
    let mut label = format!("{}\nabout {} s", action.id, forecast.seconds);
    if forecast.writer_interruption_seconds > 0 {
        let _ = write!(
            label,
            ", no writes for about {} s",
            forecast.writer_interruption_seconds
        );
    }
    label
}

/// The text without what would end a quotation, its lines joined by `line_break`.
fn quoted(text: &str, line_break: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "'")
        .replace('\n', line_break)
}
