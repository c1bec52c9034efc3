//! Parameters and columns: one small set of types that both databases store and give back alike.

use crate::{Error, Result};
use rusqlite::types::Value as Lite;
use sea_orm::{QueryResult, Value};
use uuid::Uuid;

/// One row of an answer, whichever database it came from.
pub enum Row {
    /// From the writer's SQLite connection.
    Lite(Vec<Lite>),
    /// Through sea-orm.
    Orm(QueryResult),
}

impl Row {
    /// The column at `index`, from 0.
    pub fn get<T: Column>(&self, index: usize) -> Result<T> {
        match self {
            Self::Lite(values) => match values.get(index) {
                Some(value) => T::from_lite(value)
                    .ok_or_else(|| Error::Corrupt(format!("column {index} has type {}", value.data_type()))),
                None => Err(Error::Corrupt(format!("no column {index}"))),
            },
            Self::Orm(row) => T::from_orm(row, index),
        }
    }

    /// A column that holds one of our closed lists of words.
    pub fn word<T: std::str::FromStr<Err = model::UnknownWord>>(&self, index: usize) -> Result<T> {
        self.get::<String>(index)?.parse().map_err(|e: model::UnknownWord| Error::Corrupt(e.to_string()))
    }

    /// A column that holds JSON of a known shape.
    pub fn json<T: serde::de::DeserializeOwned>(&self, index: usize) -> Result<T> {
        let value: serde_json::Value = self.get(index)?;
        serde_json::from_value(value).map_err(|e| Error::Corrupt(format!("column {index}: {e}")))
    }
}

/// A type a column can be read as.
pub trait Column: Sized {
    /// From rusqlite; `None` if the type does not fit.
    fn from_lite(value: &Lite) -> Option<Self>;
    /// From sea-orm.
    fn from_orm(row: &QueryResult, index: usize) -> Result<Self>;
}

macro_rules! column {
    ($type:ty, $value:ident => $lite:expr) => {
        impl Column for $type {
            fn from_lite($value: &Lite) -> Option<Self> {
                $lite
            }
            fn from_orm(row: &QueryResult, index: usize) -> Result<Self> {
                Ok(row.try_get_by_index(index)?)
            }
        }
        impl Column for Option<$type> {
            fn from_lite(value: &Lite) -> Option<Self> {
                match value {
                    Lite::Null => Some(None),
                    value => <$type>::from_lite(value).map(Some),
                }
            }
            fn from_orm(row: &QueryResult, index: usize) -> Result<Self> {
                Ok(row.try_get_by_index(index)?)
            }
        }
    };
}

column!(i64, v => if let Lite::Integer(i) = v { Some(*i) } else { None });
column!(f64, v => match v { Lite::Real(r) => Some(*r), Lite::Integer(i) => Some(*i as f64), _ => None });
column!(bool, v => if let Lite::Integer(i) = v { Some(*i != 0) } else { None });
column!(String, v => if let Lite::Text(t) = v { Some(t.clone()) } else { None });
column!(Vec<u8>, v => if let Lite::Blob(b) = v { Some(b.clone()) } else { None });
column!(Uuid, v => if let Lite::Blob(b) = v { Uuid::from_slice(b).ok() } else { None });
column!(serde_json::Value, v => if let Lite::Text(t) = v { serde_json::from_str(t).ok() } else { None });

/// A parameter as rusqlite binds it.
pub(crate) fn to_lite(value: Value) -> Result<Lite> {
    Ok(match value {
        Value::Bool(v) => v.map_or(Lite::Null, |b| Lite::Integer(b.into())),
        Value::Int(v) => v.map_or(Lite::Null, |i| Lite::Integer(i.into())),
        Value::BigInt(v) => v.map_or(Lite::Null, Lite::Integer),
        Value::Double(v) => v.map_or(Lite::Null, Lite::Real),
        Value::String(v) => v.map_or(Lite::Null, Lite::Text),
        Value::Bytes(v) => v.map_or(Lite::Null, Lite::Blob),
        Value::Uuid(v) => v.map_or(Lite::Null, |u| Lite::Blob(u.as_bytes().to_vec())),
        Value::Json(v) => v.map_or(Lite::Null, |j| Lite::Text(j.to_string())),
        other => return Err(Error::Corrupt(format!("a parameter of an unexpected type: {other:?}"))),
    })
}

/// A list of parameters, each anything sea-orm can bind: `vals![org.0, name, Some(5i64)]`.
#[macro_export]
macro_rules! vals {
    ($($value:expr),* $(,)?) => { vec![$(sea_orm::Value::from($value)),*] };
}
