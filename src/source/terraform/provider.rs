//! Which versions of Kestra's provider a module asks for.

use hcl_edit::Span;
use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::Block;

use super::module::located;
use crate::finding::{FileId, Location};

/// The provider's address; Terraform's registry is understood where no host is named.
const SOURCE: &str = "kestra-io/kestra";

/// What `required_providers` says of Kestra's provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerraformProvider {
    /// The constraint, such as `~> 1.0`.
    pub constraint: String,
    /// Where it stands.
    pub place: Location,
}

impl TerraformProvider {
    /// Whether some version of a major line fits the constraint; true where it cannot be read.
    pub fn allows_major(&self, major: u64) -> bool {
        let (mut least, mut end) = ([major, 0, 0, 0], [major + 1, 0, 0, 0]);
        for part in self.constraint.split(',') {
            let Some((from, to)) = bounds(part.trim()) else {
                return true;
            };
            least = least.max(from);
            end = end.min(to.unwrap_or(end));
        }
        least < end
    }
}

/// A version of up to three numbers, and whether the one right behind it is meant.
type Version = [u64; 4];

/// The first version that a part of a constraint allows, and the first one beyond it.
fn bounds(part: &str) -> Option<(Version, Option<Version>)> {
    let version = part.trim_start_matches(['~', '>', '<', '=', '!', ' ']);
    let operator = part[..part.len() - version.len()].trim();
    // What comes behind a dash is a release before the release.
    let numbers = version.split('-').next().unwrap_or_default();
    let numbers: Option<Vec<u64>> = numbers.split('.').map(|part| part.parse().ok()).collect();
    let numbers = numbers.filter(|numbers| numbers.len() <= 3)?;
    let mut from = Version::default();
    for (place, number) in from.iter_mut().zip(&numbers) {
        *place = *number;
    }
    let behind = [from[0], from[1], from[2], 1];
    Some(match operator {
        "" | "=" => (from, Some(behind)),
        "~>" => {
            // All but the last number stay; of a single one nothing else could.
            let position = numbers.len().saturating_sub(2);
            let mut end = Version::default();
            end[..=position].copy_from_slice(&from[..=position]);
            end[position] += 1;
            (from, Some(end))
        }
        ">=" => (from, None),
        ">" => (behind, None),
        "<" => (Version::default(), Some(from)),
        "<=" => (Version::default(), Some(behind)),
        "!=" => (Version::default(), None),
        _ => return None,
    })
}

/// The requirements of Kestra's provider in a `terraform` block.
pub(super) fn providers(file: FileId, block: &Block) -> Vec<TerraformProvider> {
    let required = block.body.get_blocks("required_providers");
    let entries = required.flat_map(|required| required.body.attributes());
    entries
        .filter_map(|entry| {
            let object = entry.value.as_object()?;
            let value = |name: &str| {
                let mut entries = object.iter();
                let found = entries.find(|(key, _)| key_name(key) == Some(name));
                found.map(|(_, value)| value.expr())
            };
            let source = value("source")?.as_str()?;
            let version = value("version")?;
            let is_kestra = source == SOURCE || source.ends_with(&format!("/{SOURCE}"));
            is_kestra.then_some(TerraformProvider {
                constraint: version.as_str()?.to_owned(),
                place: located(file, version.span().unwrap_or_default()),
            })
        })
        .collect()
}

fn key_name(key: &ObjectKey) -> Option<&str> {
    match key {
        ObjectKey::Ident(name) | ObjectKey::Expression(Expression::Variable(name)) => {
            Some(name.as_str())
        }
        ObjectKey::Expression(key) => key.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{TextRange, TextSize};

    #[test]
    fn constraints_allow_lines_of_versions() {
        let allowed = |constraint: &str| -> Vec<u64> {
            let provider = TerraformProvider {
                constraint: constraint.to_owned(),
                place: Location {
                    file: FileId(0),
                    range: TextRange::empty(TextSize::new(0)),
                },
            };
            (0..4)
                .filter(|major| provider.allows_major(*major))
                .collect()
        };
        assert_eq!(allowed("~> 0.17.1"), [0]);
        assert_eq!(allowed("~> 1.3"), [1]);
        assert_eq!(allowed("~> 2"), [2]);
        assert_eq!(allowed("2.0.1"), [2]);
        assert_eq!(allowed(">= 1.0"), [1, 2, 3]);
        assert_eq!(allowed(">= 1.0, < 2.0"), [1]);
        assert_eq!(allowed("> 1.2, != 1.3.4, <= 2.0"), [1, 2]);
        assert_eq!(allowed("< 2.0.0"), [0, 1]);
        assert_eq!(allowed("latest"), [0, 1, 2, 3]);
        assert_eq!(allowed(""), [0, 1, 2, 3]);
    }
}
