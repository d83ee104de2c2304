/// Where the own password is changed.
pub(crate) const PASSWORD: &str = "/profile/password";
