import Engine
import Scrip
struct PostgresMigrator { init(address: PostgresAddress, clock: @escaping @Sendable () -> Instant) {}; func up() throws(StoreFailure) {}; func requireUsable() throws(StoreFailure) {} }
