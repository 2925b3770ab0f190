//! The lowered tree of a file as text, for tests and for whoever adds a language.

use super::tree::{Attribute, Parameter, Tree};
use std::fmt;

impl fmt::Display for Attribute {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "@{}", self.name)?;
        if !self.arguments.is_empty() {
            let arguments: Vec<String> = self.arguments.iter().map(ToString::to_string).collect();
            write!(out, "({})", arguments.join(", "))?;
        }
        Ok(())
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for attribute in &self.attributes {
            write!(out, "{attribute} ")?;
        }
        out.write_str(&self.name)?;
        if !self.type_name.is_empty() {
            write!(out, ": {}", self.type_name)?;
        }
        if let Some(default) = &self.default {
            write!(out, " = {default}")?;
        }
        Ok(())
    }
}

/// One scope after the other: what it is, its attributes, its statements.
impl fmt::Display for Tree {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for scope in &self.scopes {
            if scope.parent.is_some() {
                for attribute in &scope.attributes {
                    writeln!(out, "{attribute}")?;
                }
                write!(out, "{:?} {}", scope.kind, scope.path)?;
                let parameters: Vec<String> =
                    scope.parameters.iter().map(ToString::to_string).collect();
                if !parameters.is_empty() {
                    write!(out, "({})", parameters.join(", "))?;
                }
                if !scope.bases.is_empty() {
                    write!(out, " < {}", scope.bases.join(", "))?;
                }
                writeln!(out)?;
            }
            for stmt in &scope.body {
                writeln!(out, "  {stmt}")?;
            }
        }
        Ok(())
    }
}
