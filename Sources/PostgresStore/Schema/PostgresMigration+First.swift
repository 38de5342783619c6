extension PostgresMigration {
  /// The schema as it was first released.
  static let first = PostgresMigration(
    step: 1, name: "first schema",
    up: [
      createRoles, couponTables, orderTables, keptOrderTables, billingTables, logTables, projectionTables,
      nodeTables,
      dueTable, webhookTables, inboxTables, fraudTables,
      guardFunctions,
      triggers,
      serviceGrants, webhookServiceGrants, inboxServiceGrants, fraudServiceGrants,
      peopleGrants, webhookPeopleGrants, inboxPeopleGrants, fraudPeopleGrants, keyLookups, acrossTenants,
      dueFunctions, policies,
      userPolicies,
      amountFunctions,
      codeFunctions,
      openedCoupon, judgedCoupon, validateCoupon, readableForms, views, offers,
    ],
    down: [
      dropOffers, dropViews, dropValidateCoupon, dropOpenedCoupon, dropCodeFunctions, dropAmountFunctions,
      dropPolicies, dropDueFunctions, dropAcrossTenants, dropKeyLookups, revoke, dropTriggers,
      dropGuardFunctions, dropWebhookTables, dropInboxTables, dropFraudTables, dropTables,
    ], oldestProgram: 1)

  /// The same without policies and what stands on them, which Citus refuses on tables of its own. Where nothing keeps
  /// one tenant's rows from those who work for another, only the service may touch the tables.
  static let firstOnCitus = PostgresMigration(
    step: first.step, name: first.name,
    up: [
      createRoles, couponTables, orderTables, keptOrderTables, billingTables, logTables, projectionTables,
      nodeTables,
      dueTable, webhookTables, inboxTables, fraudTables,
      guardFunctions,
      triggers,
      serviceGrants, webhookServiceGrants, inboxServiceGrants, fraudServiceGrants,
      keyLookups, acrossTenants, dueFunctions, amountFunctions, codeFunctions, openedCoupon, judgedCoupon,
      validateCoupon,
      readableForms, views,
    ],
    down: [
      dropViews, dropValidateCoupon, dropOpenedCoupon, dropCodeFunctions, dropAmountFunctions,
      dropDueFunctions, dropAcrossTenants, dropKeyLookups, revoke, dropTriggers, dropGuardFunctions,
      dropWebhookTables, dropInboxTables, dropFraudTables, dropTables,
    ], oldestProgram: first.oldestProgram)
}
