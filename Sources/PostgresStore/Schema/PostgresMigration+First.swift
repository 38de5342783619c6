extension PostgresMigration {
  /// The schema as it was first released.
  static let first = PostgresMigration(
    step: 1, name: "first schema",
    up: [
      createRoles, couponTables, orderTables, logTables, nodeTables, guardFunctions, triggers, grants,
      acrossTenants, policies, userPolicies, amountFunctions, codeFunctions, openedCoupon, judgedCoupon,
      validateCoupon, readableForms, views, offers,
    ],
    down: [
      dropViews, dropValidateCoupon, dropOpenedCoupon, dropCodeFunctions, dropAmountFunctions, dropPolicies,
      dropAcrossTenants, revoke, dropTriggers, dropGuardFunctions, dropTables,
    ], oldestProgram: 1)
}
