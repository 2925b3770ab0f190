package app

func loginLimiter() fiber.Handler {
	return limiter.New(limiter.Config{
		Max: 5,
		KeyGenerator: func(c *fiber.Ctx) string {
			return c.Path() + "|" + c.IP()
		},
	})
}
