//! The faces for billing systems that speak the protocols of ATOL already.
