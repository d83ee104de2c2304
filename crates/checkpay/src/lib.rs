//! The faces for banks that ask for an account and pay onto it by themselves.
