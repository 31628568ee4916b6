//! Circles in a graph.

use std::collections::BTreeSet;

use super::Uses;

/// The sets of files that reach each other, each set sorted.
pub(super) fn of(uses: &Uses) -> Vec<Vec<String>> {
    let reached: Vec<(&String, BTreeSet<&str>)> =
        uses.keys().map(|file| (file, reachable(uses, file))).collect();
    let mut circles = BTreeSet::new();
    for (file, from_it) in &reached {
        let mutual = reached.iter().filter(|(other, from_other)| {
            from_it.contains(other.as_str()) && from_other.contains(file.as_str())
        });
        let circle: Vec<String> = mutual.map(|(other, _)| (*other).clone()).collect();
        if !circle.is_empty() {
            circles.insert(circle);
        }
    }
    circles.into_iter().collect()
}

/// What can be reached from `start`, itself only by a circle.
fn reachable<'u>(uses: &'u Uses, start: &str) -> BTreeSet<&'u str> {
    let mut found = BTreeSet::new();
    let mut open = vec![start];
    while let Some(file) = open.pop() {
        for next in uses.get(file).into_iter().flatten() {
            if found.insert(next.as_str()) {
                open.push(next);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&str, &str)]) -> Uses {
        let mut uses = Uses::new();
        for (from, to) in edges {
            uses.entry((*from).to_owned()).or_default().insert((*to).to_owned());
            uses.entry((*to).to_owned()).or_default();
        }
        uses
    }

    #[test]
    fn who_reaches_each_other_is_a_circle() {
        let edges = [("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("d", "e"), ("e", "d"), ("x", "a")];
        assert_eq!(of(&graph(&edges)), [vec!["a", "b", "c"], vec!["d", "e"]]);
        assert!(of(&graph(&edges[3..4])).is_empty());
    }
}
