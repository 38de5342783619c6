// HTTPAPITests
