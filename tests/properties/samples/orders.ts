import { Router } from "express";
import { db, requireAdmin, requireLogin } from "../app";

export const router = Router();

router.delete("/orders/:id", requireLogin, deleteOrder);
router.post("/orders/:id/refund", requireLogin, requireAdmin, refundOrder);

export async function deleteOrder(«req»: Request, «res»: Response) {
  const «order» = await db.order.findUnique({ where: { id: «req».params.id, tenantId: «req».tenant.id } });
  if (!«order») {
    return «res».status(404).end();
  }
  if («order».ownerId !== «req».user.id) { §
    return «res».status(403).end(); §
  } §
  await db.order.delete({ where: { id: «order».id } });
  return «res».status(204).end();
}

export async function refundOrder(«req»: Request, «res»: Response) {
  const «amount» = Math.round(Number(«req».body.amount));
  const «refund» = await gateway.refunds.create({ amount: «amount» }, { idempotencyKey: `refund-${«req».params.id}` });
  return «res».json(«refund»);
}
