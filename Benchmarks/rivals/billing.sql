-- Coupons on subscriptions and invoices as a widespread analysis of a billing system describes them: its tables with their
-- key fields and references, an index on each reference that is looked up, and its steps as functions. An invoice is made,
-- its coupons are found, validated, applied one after the other to what is left, and written down, in one transaction.
-- Amounts are in major units, as there.
CREATE TABLE coupons (
  id varchar(50) PRIMARY KEY,
  name varchar(255) NOT NULL,
  type varchar(20) NOT NULL DEFAULT 'fixed' CHECK (type IN ('fixed', 'percentage')),
  cadence varchar(20) NOT NULL DEFAULT 'once' CHECK (cadence IN ('once', 'repeated', 'forever')),
  amount_off numeric(20, 8) DEFAULT 0,
  percentage_off numeric(7, 4) DEFAULT 0,
  max_redemptions int,
  total_redemptions int NOT NULL DEFAULT 0,
  redeem_after timestamp,
  redeem_before timestamp,
  duration_in_periods int,
  currency varchar(10),
  status varchar(20) NOT NULL DEFAULT 'published'
);
CREATE TABLE subscriptions (
  id varchar(50) PRIMARY KEY,
  customer_id varchar(50) NOT NULL,
  currency varchar(10) NOT NULL,
  status varchar(20) NOT NULL DEFAULT 'active'
);
CREATE TABLE subscription_line_items (
  id varchar(50) PRIMARY KEY,
  subscription_id varchar(50) NOT NULL REFERENCES subscriptions (id),
  amount numeric(20, 8) NOT NULL
);
CREATE INDEX ON subscription_line_items (subscription_id);
CREATE TABLE coupon_associations (
  id varchar(50) PRIMARY KEY,
  coupon_id varchar(50) NOT NULL REFERENCES coupons (id),
  subscription_id varchar(50) NOT NULL REFERENCES subscriptions (id),
  subscription_line_item_id varchar(50) REFERENCES subscription_line_items (id),
  start_date timestamptz NOT NULL DEFAULT now(),
  metadata jsonb
);
CREATE INDEX ON coupon_associations (subscription_id);
CREATE TABLE invoices (
  id varchar(50) PRIMARY KEY,
  subscription_id varchar(50) REFERENCES subscriptions (id),
  customer_id varchar(50) NOT NULL,
  currency varchar(10) NOT NULL,
  status varchar(20) NOT NULL DEFAULT 'draft',
  subtotal numeric(20, 8) NOT NULL,
  total_discount numeric(20, 8) NOT NULL DEFAULT 0,
  total numeric(20, 8) NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON invoices (subscription_id);
CREATE TABLE invoice_line_items (
  id varchar(50) PRIMARY KEY,
  invoice_id varchar(50) NOT NULL REFERENCES invoices (id),
  subscription_line_item_id varchar(50) REFERENCES subscription_line_items (id),
  amount numeric(20, 8) NOT NULL
);
CREATE INDEX ON invoice_line_items (invoice_id);
CREATE TABLE coupon_applications (
  id varchar(50) PRIMARY KEY DEFAULT gen_random_uuid(),
  coupon_id varchar(50) NOT NULL REFERENCES coupons (id),
  coupon_association_id varchar(50) REFERENCES coupon_associations (id),
  invoice_id varchar(50) NOT NULL REFERENCES invoices (id),
  invoice_line_item_id varchar(50) REFERENCES invoice_line_items (id),
  subscription_id varchar(50) REFERENCES subscriptions (id),
  original_price numeric(20, 8),
  final_price numeric(20, 8),
  discounted_amount numeric(20, 8),
  discount_type varchar(20),
  coupon_snapshot jsonb
);
CREATE INDEX ON coupon_applications (invoice_id);
CREATE INDEX ON coupon_applications (subscription_id, coupon_id);

-- Why a coupon can't be applied: basic validation, dates, limit, currency, state of the subscription, cadence. Null if it can.
CREATE FUNCTION coupon_error(v_coupon coupons, v_subscription subscriptions) RETURNS text AS $$
DECLARE
  v_applied bigint;
BEGIN
  IF v_coupon.status <> 'published' THEN RETURN 'COUPON_NOT_PUBLISHED'; END IF;
  IF now() < v_coupon.redeem_after THEN RETURN 'COUPON_NOT_ACTIVE'; END IF;
  IF now() > v_coupon.redeem_before THEN RETURN 'COUPON_EXPIRED'; END IF;
  -- Also of those that are associated already, as in that system: the last one to get a coupon takes it from everybody.
  IF v_coupon.total_redemptions >= v_coupon.max_redemptions THEN RETURN 'REDEMPTION_LIMIT_REACHED'; END IF;
  IF v_coupon.currency <> v_subscription.currency THEN RETURN 'CURRENCY_MISMATCH'; END IF;
  IF v_subscription.status = 'cancelled' THEN RETURN 'INVALID_SUBSCRIPTION_STATUS'; END IF;
  IF v_coupon.cadence = 'forever' THEN RETURN NULL; END IF;
  SELECT count(*) INTO v_applied FROM coupon_applications
  WHERE subscription_id = v_subscription.id AND coupon_id = v_coupon.id;
  IF v_coupon.cadence = 'once' AND v_applied > 0 THEN RETURN 'ONCE_CADENCE_VIOLATION'; END IF;
  IF v_coupon.cadence = 'repeated' AND v_applied >= v_coupon.duration_in_periods THEN
    RETURN 'REPEATED_CADENCE_LIMIT_REACHED';
  END IF;
  RETURN NULL;
END;
$$ LANGUAGE plpgsql;

-- Associates a coupon with a subscription, or with one of its line items, and counts one redemption.
CREATE FUNCTION associate_coupon(p_id varchar, p_coupon_id varchar, p_subscription_id varchar, p_line_item_id varchar)
RETURNS json AS $$
DECLARE
  v_coupon coupons;
  v_subscription subscriptions;
  v_error text;
BEGIN
  SELECT * INTO v_coupon FROM coupons WHERE id = p_coupon_id FOR UPDATE;
  IF NOT FOUND THEN RETURN json_build_object('valid', false, 'error', 'COUPON_NOT_FOUND'); END IF;
  SELECT * INTO v_subscription FROM subscriptions WHERE id = p_subscription_id;
  v_error := coupon_error(v_coupon, v_subscription);
  IF v_error IS NOT NULL THEN RETURN json_build_object('valid', false, 'error', v_error); END IF;
  INSERT INTO coupon_associations (id, coupon_id, subscription_id, subscription_line_item_id)
  VALUES (p_id, p_coupon_id, p_subscription_id, p_line_item_id);
  UPDATE coupons SET total_redemptions = total_redemptions + 1 WHERE id = p_coupon_id;
  RETURN json_build_object('valid', true, 'id', p_id);
END;
$$ LANGUAGE plpgsql;

-- Makes a subscription's invoice of a period. Coupons for line items come first, then those for the whole invoice, by the
-- date of their association and its id; each is computed from what is left. One that would lead below zero is left out.
CREATE FUNCTION create_invoice(p_subscription_id varchar, p_period varchar) RETURNS json AS $$
DECLARE
  v_invoice_id varchar := p_subscription_id || '-' || p_period;
  v_subscription subscriptions;
  v_coupon coupons;
  v_found record;
  v_error text;
  v_skipped jsonb := '[]';
  v_subtotal numeric;
  v_total numeric;
  v_line_total numeric;
  v_original numeric;
  v_discount numeric;
BEGIN
  SELECT * INTO v_subscription FROM subscriptions WHERE id = p_subscription_id;
  SELECT sum(amount) INTO v_subtotal FROM subscription_line_items WHERE subscription_id = p_subscription_id;
  INSERT INTO invoices (id, subscription_id, customer_id, currency, subtotal, total)
  VALUES (v_invoice_id, p_subscription_id, v_subscription.customer_id, v_subscription.currency, v_subtotal, v_subtotal);
  INSERT INTO invoice_line_items (id, invoice_id, subscription_line_item_id, amount)
  SELECT id || '-' || p_period, v_invoice_id, id, amount FROM subscription_line_items
  WHERE subscription_id = p_subscription_id;
  v_total := v_subtotal;
  FOR v_found IN
    SELECT a.id AS association_id, a.subscription_line_item_id AS line_item_id, l.amount AS line_amount, c AS coupon
    FROM coupon_associations AS a JOIN coupons AS c ON c.id = a.coupon_id
    LEFT JOIN subscription_line_items AS l ON l.id = a.subscription_line_item_id
    WHERE a.subscription_id = p_subscription_id
    ORDER BY a.subscription_line_item_id IS NULL, a.start_date, a.id
  LOOP
    v_coupon := v_found.coupon;
    v_error := coupon_error(v_coupon, v_subscription);
    IF v_error IS NOT NULL THEN
      v_skipped := v_skipped || jsonb_build_object('coupon_id', v_coupon.id, 'code', v_error);
      CONTINUE;
    END IF;
    IF v_found.line_item_id IS NULL THEN
      v_original := v_total;
    ELSE
      SELECT v_found.line_amount - coalesce(sum(discounted_amount), 0) INTO v_line_total FROM coupon_applications
      WHERE invoice_id = v_invoice_id AND invoice_line_item_id = v_found.line_item_id || '-' || p_period;
      v_original := v_line_total;
    END IF;
    v_discount := CASE v_coupon.type WHEN 'fixed' THEN v_coupon.amount_off
      ELSE v_original * v_coupon.percentage_off / 100 END;
    IF v_original - v_discount < 0 THEN
      v_skipped := v_skipped || jsonb_build_object('coupon_id', v_coupon.id, 'code', 'NEGATIVE_PRICE');
      CONTINUE;
    END IF;
    INSERT INTO coupon_applications (coupon_id, coupon_association_id, invoice_id, invoice_line_item_id, subscription_id,
      original_price, final_price, discounted_amount, discount_type, coupon_snapshot)
    VALUES (v_coupon.id, v_found.association_id, v_invoice_id, v_found.line_item_id || '-' || p_period, p_subscription_id,
      v_original, v_original - v_discount, v_discount, v_coupon.type, to_jsonb(v_coupon));
    v_total := v_total - v_discount;
  END LOOP;
  UPDATE invoices SET total_discount = v_subtotal - v_total, total = v_total WHERE id = v_invoice_id;
  RETURN json_build_object('id', v_invoice_id, 'subtotal', v_subtotal, 'discount', v_subtotal - v_total, 'total', v_total,
    'skipped', v_skipped);
END;
$$ LANGUAGE plpgsql;

-- Which subscription is billed next, so that several clients bill each one once.
CREATE SEQUENCE next_subscription;
