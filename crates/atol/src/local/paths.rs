use thiserror::Error;

/// The longest path of a configuration, bytes.
const PATH_MAX: usize = 200;

/// Where the requests of each version are found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Paths {
    v1: String,
    v2: String,
    stat: String,
}

/// A path that cannot be used.
#[derive(Debug, Error, Eq, PartialEq)]
#[error("the path «{path}» cannot be used: {rule}")]
pub struct BadPath {
    /// The path.
    pub path: String,
    /// The rule it breaks.
    pub rule: &'static str,
}

impl Paths {
    /// Requests of v1 at `v1`, those of v2 below `v2`, the numbers of requests at `stat`.
    ///
    /// # Errors
    /// When one is no plain path, two are equal, or one lies where others are at home.
    pub fn new(v1: &str, v2: &str, stat: &str) -> Result<Self, BadPath> {
        let paths = [v1, v2, stat];
        for (place, path) in paths.into_iter().enumerate() {
            let wrong = |rule| BadPath {
                path: path.to_owned(),
                rule,
            };
            check(path).map_err(wrong)?;
            let others = [v1.to_owned(), format!("{v2}/requests"), stat.to_owned()];
            let own = &others[place];
            let before = &others[..place];
            if before.iter().any(|other| overlaps(own, other)) {
                return Err(wrong("another path is the same or lies around it"));
            }
        }
        Ok(Self {
            v1: v1.to_owned(),
            v2: v2.to_owned(),
            stat: stat.to_owned(),
        })
    }

    pub(super) fn v1(&self) -> &str {
        &self.v1
    }

    pub(super) fn v2(&self) -> &str {
        &self.v2
    }

    pub(super) fn stat(&self) -> &str {
        &self.stat
    }
}

/// Those of the protocol: `/requests`, `/api/v2`, `/stat/requests` (ATOL web requests §9.1, §9.2).
impl Default for Paths {
    fn default() -> Self {
        Self {
            v1: "/requests".to_owned(),
            v2: "/api/v2".to_owned(),
            stat: "/stat/requests".to_owned(),
        }
    }
}

fn check(path: &str) -> Result<(), &'static str> {
    let Some(rest) = path.strip_prefix('/') else {
        return Err("it begins with a slash");
    };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if path.len() > PATH_MAX || !rest.split('/').all(|part| part.bytes().all(allowed)) {
        return Err("it has letters, digits, points, dashes and single slashes");
    }
    if rest.split('/').any(str::is_empty) {
        return Err("it does not end with a slash and has no two of them together");
    }
    if ["/v1", "/health"].iter().any(|taken| overlaps(path, taken)) {
        return Err("the interface for billing is there");
    }
    Ok(())
}

fn overlaps(one: &str, other: &str) -> bool {
    let below = |path: &str, root: &str| {
        path.strip_prefix(root)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    below(one, other) || below(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_plain_and_apart() {
        let is_good = |v1, v2, stat| Paths::new(v1, v2, stat).is_ok();
        assert!(is_good("/requests", "/api/v2", "/stat/requests"));
        assert!(is_good("/atol/v1/requests", "/atol/v2", "/atol/stat"));
        for (v1, v2, stat) in [
            ("requests", "/api/v2", "/stat"),
            ("/requests/", "/api/v2", "/stat"),
            ("/", "/api/v2", "/stat"),
            ("/{uuid}", "/api/v2", "/stat"),
            ("/requests", "/api/v2", "/requests"),
            ("/requests", "/api/v2", "/requests/stat"),
            ("/requests", "/v1", "/stat"),
            ("/health", "/api/v2", "/stat"),
            ("/api/v2/requests", "/api/v2", "/stat"),
        ] {
            assert!(!is_good(v1, v2, stat), "{v1} {v2} {stat}");
        }
    }
}
