//! The faces for billing systems that speak the protocols of ATOL already.

pub mod local;
