-- The schema that many shops start from, with the usual way to redeem safely: lock the coupon's row, check, count.
CREATE TABLE coupons (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  code varchar(20) UNIQUE NOT NULL,
  discount_type varchar(20) NOT NULL CHECK (discount_type IN ('percentage', 'fixed')),
  discount_value numeric(10, 2) NOT NULL CHECK (discount_value > 0),
  max_discount numeric(10, 2),
  min_order_value numeric(10, 2) DEFAULT 0,
  max_uses integer,
  max_uses_per_user integer DEFAULT 1 CHECK (max_uses_per_user > 0),
  used_count integer DEFAULT 0,
  start_date timestamptz NOT NULL,
  end_date timestamptz NOT NULL,
  is_active boolean DEFAULT true
);
CREATE TABLE coupon_usage (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  coupon_id uuid NOT NULL REFERENCES coupons (id),
  user_id uuid NOT NULL,
  order_id uuid NOT NULL,
  discount_amount numeric(10, 2) NOT NULL,
  created_at timestamptz DEFAULT now()
);
CREATE INDEX idx_coupon_usage_coupon ON coupon_usage (coupon_id);
CREATE INDEX idx_coupon_usage_user ON coupon_usage (user_id);
CREATE INDEX idx_coupon_usage_order ON coupon_usage (order_id);

CREATE FUNCTION redeem_coupon(p_code varchar, p_user_id uuid, p_order_id uuid, p_order_total numeric)
RETURNS json AS $$
DECLARE
  v_coupon record;
  v_used integer;
  v_discount numeric;
BEGIN
  SELECT * INTO v_coupon FROM coupons WHERE code = p_code AND is_active FOR UPDATE;
  IF NOT FOUND THEN RETURN json_build_object('valid', false, 'error', 'Invalid coupon code'); END IF;
  IF now() < v_coupon.start_date OR now() > v_coupon.end_date THEN
    RETURN json_build_object('valid', false, 'error', 'Coupon has expired');
  END IF;
  IF p_order_total < v_coupon.min_order_value THEN
    RETURN json_build_object('valid', false, 'error', 'Minimum order value required');
  END IF;
  IF v_coupon.max_uses IS NOT NULL AND v_coupon.used_count >= v_coupon.max_uses THEN
    RETURN json_build_object('valid', false, 'error', 'Coupon usage limit reached');
  END IF;
  SELECT count(*) INTO v_used FROM coupon_usage WHERE coupon_id = v_coupon.id AND user_id = p_user_id;
  IF v_used >= v_coupon.max_uses_per_user THEN
    RETURN json_build_object('valid', false, 'error', 'You have already used this coupon');
  END IF;
  v_discount := CASE v_coupon.discount_type
    WHEN 'percentage' THEN least(p_order_total * v_coupon.discount_value / 100, coalesce(v_coupon.max_discount, p_order_total))
    ELSE v_coupon.discount_value END;
  v_discount := least(v_discount, p_order_total);
  INSERT INTO coupon_usage (coupon_id, user_id, order_id, discount_amount)
  VALUES (v_coupon.id, p_user_id, p_order_id, v_discount);
  UPDATE coupons SET used_count = used_count + 1 WHERE id = v_coupon.id;
  RETURN json_build_object('valid', true, 'coupon_id', v_coupon.id, 'discount_amount', v_discount);
END;
$$ LANGUAGE plpgsql;

INSERT INTO coupons (code, discount_type, discount_value, max_uses, max_uses_per_user, start_date, end_date)
VALUES ('HOT', 'percentage', 10, 2000000000, 1, now() - interval '1 day', now() + interval '1 year');
INSERT INTO coupons (code, discount_type, discount_value, max_uses, max_uses_per_user, start_date, end_date)
SELECT 'S' || lpad(i::text, 6, '0'), 'percentage', 10, 2000000000, 1, now() - interval '1 day', now() + interval '1 year'
FROM generate_series(0, 9999) AS i;
ANALYZE;
