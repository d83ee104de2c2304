//! The faces for billing systems that speak the protocols of ATOL already.
//!
//! [`online`] is the face of ATOL Online, versions 4 and 5; [`local`] that of the web requests of
//! ATOL's driver.

pub mod local;
pub mod online;
