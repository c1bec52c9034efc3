use ureq as _; use sea_orm as _;
