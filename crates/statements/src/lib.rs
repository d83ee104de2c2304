//! Bank and billing files become payments.
