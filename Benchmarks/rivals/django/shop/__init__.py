"""The shop of two small systems' documents: personal coupons and orders; orders, payments and notifications."""
