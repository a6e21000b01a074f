//! Functions from a number to a number.

use super::go_math;
use crate::promql::plan::{ValueFunction, go_max, go_min};
use crate::promql::syntax::ast::BinaryOp;

/// A function of one number.
pub(in crate::promql) fn unary(function: ValueFunction) -> fn(f64) -> f64 {
    use ValueFunction as F;
    match function {
        F::Abs => f64::abs,
        F::Ceil => f64::ceil,
        F::Floor => f64::floor,
        F::Exp => f64::exp,
        F::Sqrt => f64::sqrt,
        F::Ln => go_math::ln,
        F::Log2 => go_math::log2,
        F::Log10 => go_math::log10,
        F::Sin => f64::sin,
        F::Cos => f64::cos,
        F::Tan => f64::tan,
        F::Asin => f64::asin,
        F::Acos => f64::acos,
        F::Atan => f64::atan,
        F::Sinh => f64::sinh,
        F::Cosh => f64::cosh,
        F::Tanh => f64::tanh,
        F::Asinh => f64::asinh,
        F::Acosh => f64::acosh,
        F::Atanh => f64::atanh,
        F::Rad => |value| value * std::f64::consts::PI / 180.0,
        F::Deg => |value| value * 180.0 / std::f64::consts::PI,
        F::Sgn => sign,
        F::Round => |value| round(value, 1.0),
        F::Clamp | F::ClampMin | F::ClampMax => |value| value,
    }
}

fn sign(value: f64) -> f64 {
    if value < 0.0 {
        -1.0
    } else if value > 0.0 {
        1.0
    } else {
        value
    }
}

/// To the nearest multiple; halves go up.
pub(in crate::promql) fn round(value: f64, multiple: f64) -> f64 {
    let inverse = 1.0 / multiple;
    (value * inverse + 0.5).floor() / inverse
}

/// Between two limits; absent limits are infinities.
pub(in crate::promql) fn clamp(value: f64, min: f64, max: f64) -> f64 {
    go_max(min, go_min(max, value))
}

/// An arithmetic operator on two numbers.
pub(in crate::promql) fn arithmetic(op: BinaryOp) -> Option<fn(f64, f64) -> f64> {
    Some(match op {
        BinaryOp::Add => |a, b| a + b,
        BinaryOp::Sub => |a, b| a - b,
        BinaryOp::Mul => |a, b| a * b,
        BinaryOp::Div => |a, b| a / b,
        BinaryOp::Mod => |a, b| a % b,
        BinaryOp::Pow => go_math::pow,
        BinaryOp::Atan2 => f64::atan2,
        _ => return None,
    })
}

/// A comparison of two numbers.
pub(in crate::promql) fn comparison(op: BinaryOp) -> Option<fn(f64, f64) -> bool> {
    Some(match op {
        BinaryOp::Equal => |a, b| a == b,
        BinaryOp::NotEqual => |a, b| a != b,
        BinaryOp::Greater => |a, b| a > b,
        BinaryOp::Less => |a, b| a < b,
        BinaryOp::GreaterOrEqual => |a, b| a >= b,
        BinaryOp::LessOrEqual => |a, b| a <= b,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_rounded_up() {
        assert_eq!(round(2.5, 1.0), 3.0);
        assert_eq!(round(-2.5, 1.0), -2.0);
        assert_eq!(round(7.0, 5.0), 5.0);
    }

    #[test]
    fn clamping_follows_go() {
        assert!(clamp(f64::NAN, 0.0, 1.0).is_nan());
        assert_eq!(clamp(5.0, f64::NEG_INFINITY, 1.0), 1.0);
        assert_eq!(clamp(f64::NAN, f64::INFINITY, f64::INFINITY), f64::INFINITY);
    }
}
