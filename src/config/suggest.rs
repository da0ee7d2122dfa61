//! "Did you mean".

/// The known name that is most like an unknown one, if one is much like it.
pub fn closest<'name>(
    unknown: &str,
    known: impl IntoIterator<Item = &'name str>,
) -> Option<&'name str> {
    let unknown = unknown.to_lowercase().replace('_', "-");
    known
        .into_iter()
        .map(|name| {
            let likeness = strsim::jaro_winkler(&name.to_lowercase(), &unknown);
            (name, likeness)
        })
        .filter(|(_, likeness)| *likeness > 0.82)
        .max_by(|(_, one), (_, other)| one.total_cmp(other))
        .map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let known = ["select", "extend-select", "ignore"];
        assert_eq!(closest("selct", known), Some("select"));
        assert_eq!(closest("extend_select", known), Some("extend-select"));
        assert_eq!(closest("Ignore", known), Some("ignore"));
        assert_eq!(closest("colour", known), None);
    }
}
