export function onError(err: Error, req: Request, res: Response, next: NextFunction) {
  logger.error({ err, request: req.id });
  res.status(500).json({ error: { code: "INTERNAL", request: req.id } });
}
