//! The faces for billing systems that speak the protocols of ATOL already.
//!
//! [`online`] is the face of ATOL Online, versions 4 and 5.

pub mod online;
