-- The limiter counts the requests of keys too, in its own table.
DROP TABLE rate_limits;
