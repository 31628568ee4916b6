//! Forms: where they lead, what they carry along, and what was wrong with them.

use crate::field::Field;
use crate::{Href, Notice, Problem};

/// A form that is posted.
#[derive(Clone, Debug)]
pub struct Form<'a> {
    /// Where it is posted to.
    pub action: Href<'a>,
    /// What it carries along unseen, by name: the token that binds it to the browser, the sealed state.
    pub hidden: &'a [(&'a str, &'a str)],
    /// What was typed before, by the field's name. Fields for passwords and codes come back empty all the same.
    pub values: &'a [(&'a str, &'a str)],
    /// What was wrong, by the name of the field that it stands beside; what is of no field has an empty name.
    pub problems: &'a [(&'a str, Problem<'a>)],
    /// What was done.
    pub notice: Option<Notice>,
}

impl<'a> Form<'a> {
    /// A form that leads there, nothing said about it yet.
    pub fn to(action: Href<'a>, hidden: &'a [(&'a str, &'a str)]) -> Self {
        Self { action, hidden, values: &[], problems: &[], notice: None }
    }

    /// The field with what was typed before and what was wrong with it.
    pub(crate) fn show(&self, mut field: Field<'a>) -> Field<'a> {
        if !field.is_secret() {
            field.value = self.value(field.name).unwrap_or_default();
        }
        field.problem = of(self.problems, field.name);
        // Where something is wrong, writing goes on there.
        if let Some((first, _)) = self.problems.first() {
            field.focus = !self.has_many_problems() && *first == field.name;
        }
        field
    }

    /// What was typed into the field of that name.
    pub(crate) fn value(&self, name: &str) -> Option<&'a str> {
        of(self.values, name)
    }

    /// Problems that stand beside no field.
    pub(crate) fn unplaced(&self) -> impl Iterator<Item = Problem<'a>> {
        self.problems.iter().filter(|(name, _)| name.is_empty()).map(|(_, problem)| *problem)
    }

    /// Problems beside fields, for the summary: the field's id and the problem.
    pub(crate) fn placed(&self) -> impl Iterator<Item = (String, Problem<'a>)> {
        self.problems
            .iter()
            .filter(|(name, _)| !name.is_empty())
            .map(|(name, problem)| (Field::id_of(name), *problem))
    }

    /// Whether a summary is wanted, which takes the focus.
    pub(crate) fn has_many_problems(&self) -> bool {
        self.problems.len() > 1
    }
}

fn of<'a, V: Copy>(pairs: &'a [(&'a str, V)], name: &str) -> Option<V> {
    pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}
