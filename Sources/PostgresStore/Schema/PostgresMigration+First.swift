extension PostgresMigration {
  /// The schema as it was first released.
  static let first = PostgresMigration(
    step: 1, name: "first schema",
    up: [
      createRoles, couponTables, orderTables, logTables, projectionTables, nodeTables, guardFunctions,
      triggers,
      serviceGrants,
      peopleGrants, keyLookups, acrossTenants, policies, userPolicies, amountFunctions, codeFunctions,
      openedCoupon, judgedCoupon, validateCoupon, readableForms, views, offers,
    ],
    down: [
      dropOffers, dropViews, dropValidateCoupon, dropOpenedCoupon, dropCodeFunctions, dropAmountFunctions,
      dropPolicies, dropAcrossTenants, dropKeyLookups, revoke, dropTriggers, dropGuardFunctions, dropTables,
    ], oldestProgram: 1)

  /// The same without policies and what stands on them, which Citus refuses on tables of its own. Where nothing keeps
  /// one tenant's rows from those who work for another, only the service may touch the tables.
  static let firstOnCitus = PostgresMigration(
    step: first.step, name: first.name,
    up: [
      createRoles, couponTables, orderTables, logTables, projectionTables, nodeTables, guardFunctions,
      triggers,
      serviceGrants,
      keyLookups, acrossTenants, amountFunctions, codeFunctions, openedCoupon, judgedCoupon, validateCoupon,
      readableForms, views,
    ],
    down: [
      dropViews, dropValidateCoupon, dropOpenedCoupon, dropCodeFunctions, dropAmountFunctions,
      dropAcrossTenants, dropKeyLookups, revoke, dropTriggers, dropGuardFunctions, dropTables,
    ], oldestProgram: first.oldestProgram)
}
