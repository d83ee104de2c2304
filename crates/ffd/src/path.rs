use std::fmt;

use crate::{Element, Tag};

/// One step of a [`TagPath`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Step {
    /// The tag.
    pub tag: Tag,
    /// Which of its occurrences in the list, counted from 1; 0 where it is not known.
    pub index: usize,
}

/// Where something is in a document: `1059[2]/1214` is tag 1214 of the second 1059.
///
/// The outer element of the document is not part of it. A number in brackets stands where a tag may
/// occur several times or did.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct TagPath(Box<[Step]>);

impl TagPath {
    pub(crate) fn new(steps: Vec<Step>) -> Self {
        Self(steps.into_boxed_slice())
    }

    /// The path of a tag whose list is not known.
    pub(crate) fn of(tag: Tag) -> Self {
        Self::new(vec![Step { tag, index: 0 }])
    }

    /// The same place, seen from outside the list `step`.
    pub(crate) fn within(self, step: Step) -> Self {
        let inner = self.0.into_vec();
        Self::new(std::iter::once(step).chain(inner).collect())
    }

    /// The same path; its first step is counted from what stands `before` it in the document.
    pub(crate) fn outermost_after(mut self, before: &[Element]) -> Self {
        if let Some(first) = self.0.first_mut() {
            let tag = first.tag;
            first.index = 1 + before.iter().filter(|element| element.tag == tag).count();
        }
        self
    }

    /// The steps from the document inwards; none for the document itself.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The tag it leads to.
    pub fn tag(&self) -> Option<Tag> {
        self.0.last().map(|step| step.tag)
    }

    /// The number of the line (1059) it leads into, counted from 1.
    pub fn line(&self) -> Option<usize> {
        let line = self.0.iter().find(|step| step.tag == Tag::ITEM);
        line.map(|step| step.index).filter(|index| *index > 0)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.tag.0)?;
        let may_repeat = self.tag.info().is_some_and(|info| info.repeats);
        if self.index > 1 || (self.index == 1 && may_repeat) {
            write!(f, "[{}]", self.index)?;
        }
        Ok(())
    }
}

/// `1059[2]/1214`; `document` for the document itself.
impl fmt::Display for TagPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("document");
        }
        for (place, step) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str("/")?;
            }
            step.fmt(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_where_a_tag_may_occur_again() {
        let step = |tag, index| Step { tag, index };
        let path = TagPath::new(vec![step(Tag::PAYMENT_METHOD, 1)]);
        let path = path.within(step(Tag::ITEM, 1));
        assert_eq!(path.to_string(), "1059[1]/1214");
        assert_eq!(
            (path.line(), path.tag()),
            (Some(1), Some(Tag::PAYMENT_METHOD))
        );
        assert_eq!(
            TagPath::new(vec![step(Tag::TOTAL, 2)]).to_string(),
            "1020[2]"
        );
        assert_eq!(TagPath::default().to_string(), "document");
        assert_eq!(TagPath::of(Tag::ITEM).line(), None);
    }
}
