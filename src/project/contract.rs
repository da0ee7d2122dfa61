//! Whether a call passes what the called flow asks for.

use crate::text::closest;

use super::{Call, InputSummary, MemberIndex, ProjectIndex};

/// What does not fit between a call and the flow that it calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract<'project> {
    /// The flow called; of several of one name the first.
    pub callee: MemberIndex,
    /// Required inputs that the call does not pass and for which there is no default.
    pub missing: Vec<&'project InputSummary>,
    /// Inputs passed that the flow does not have.
    pub unknown: Vec<UnknownInput<'project>>,
}

/// An input passed that the called flow does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownInput<'project> {
    /// Its place in [`Call::inputs`].
    pub position: usize,
    /// The input that was probably meant; never one that the call passes as well.
    pub meant: Option<&'project InputSummary>,
}

/// Compares a call with the flow that it calls; none where that flow is not in the project, where the
/// inputs are not known, or where an older revision is called. Of several flows of one name only what
/// all of them lack counts. An input that was probably meant by an unknown one is not missing.
pub fn contract<'project>(
    project: &'project ProjectIndex,
    caller: MemberIndex,
    call: &Call,
) -> Option<Contract<'project>> {
    let passed = call.inputs.as_ref().filter(|_| !call.is_pinned)?;
    let callees = project.callees(caller, call);
    let first = *callees.first()?;
    if callees
        .iter()
        .any(|callee| project.summary(*callee).is_incomplete)
    {
        return None;
    }
    let is_passed = |input: &InputSummary| passed.iter().any(|(key, _)| covers(key, &input.id));
    let everywhere = |holds: &dyn Fn(&[InputSummary]) -> bool| {
        callees
            .iter()
            .all(|callee| holds(&project.summary(*callee).inputs))
    };
    let inputs = &project.summary(first).inputs;
    let needed = |input: &InputSummary| input.required && !input.has_default && !input.is_dependent;
    let mut missing: Vec<&InputSummary> = inputs
        .iter()
        .filter(|input| !is_passed(input))
        .filter(|input| {
            everywhere(&|inputs| {
                inputs
                    .iter()
                    .any(|other| other.id == input.id && needed(other))
            })
        })
        .collect();
    let mut unknown = Vec::new();
    for (position, (key, _)) in passed.iter().enumerate() {
        let is_unknown =
            key != "<<" && everywhere(&|inputs| !inputs.iter().any(|input| covers(key, &input.id)));
        if is_unknown {
            let open = inputs.iter().filter(|input| !is_passed(input));
            let meant = closest(key, open, |input| &input.id);
            missing.retain(|input| Some(*input) != meant);
            unknown.push(UnknownInput { position, meant });
        }
    }
    Some(Contract {
        callee: first,
        missing,
        unknown,
    })
}

/// Whether a key passed gives a value to an input: the same id, a part of a dotted id given as a
/// mapping, or an input of a FORM by its own name.
pub fn covers(key: &str, id: &str) -> bool {
    let below = |long: &str, short: &str| {
        long.strip_prefix(short)
            .is_some_and(|rest| rest.starts_with('.'))
    };
    key == id
        || below(id, key)
        || below(key, id)
        || id.strip_suffix(key).is_some_and(|rest| rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_may_be_given_in_parts() {
        assert!(covers("a", "a"));
        assert!(covers("a", "a.b"));
        assert!(covers("a.b", "a.b"));
        assert!(covers("b", "form.b"));
        assert!(!covers("a", "ab"));
        assert!(!covers("b", "ab"));
    }
}
