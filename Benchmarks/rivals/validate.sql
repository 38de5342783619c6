-- Another system's tables and its own validate_coupon, with 100,000 coupons. Its search by UPPER(code) gets the index
-- that the document forgets; without it each call would read all coupons.
\i Tests/Scenarios/seed_004.sql
CREATE INDEX ON coupons (upper(code));
INSERT INTO coupons (code, discount_type, discount_value, max_uses, max_uses_per_user, start_date, end_date)
SELECT 'S' || lpad(i::text, 6, '0'), 'percentage', 10, 2000000000, 1, now() - interval '1 day', now() + interval '1 year'
FROM generate_series(0, 99999) AS i;
ANALYZE;
