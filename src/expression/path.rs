//! How a name is written behind another one.

use super::parse;

/// `inputs.name`, with brackets for the steps of a dotted name that the engine would not read behind a dot.
pub fn path_of(root: &str, name: &str) -> String {
    let mut path = root.to_owned();
    for step in name.split('.') {
        let plain = format!("{path}.{step}");
        let template = parse(&format!("{{{{ {plain} }}}}"));
        if template.errors().is_empty() && template.hyphenated_names().is_empty() {
            path = plain;
        } else {
            path = format!("{path}['{step}']");
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::path_of;

    #[test]
    fn brackets_stand_where_they_must() {
        for (name, path) in [
            ("value", "inputs.value"),
            ("my-value", "inputs['my-value']"),
            ("nested.my-value", "inputs.nested['my-value']"),
            ("a-b.c", "inputs['a-b'].c"),
            ("is", "inputs['is']"),
            ("1st", "inputs['1st']"),
        ] {
            assert_eq!(path_of("inputs", name), path);
        }
    }
}
