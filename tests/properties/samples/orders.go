package orders

import "net/http"

func Routes(«router» *gin.Engine) {
	«group» := «router».Group("/orders", RequireLogin)
	«group».DELETE("/:id", RequireAdmin, DeleteOrder)
	«group».GET("/:id", ShowOrder)
}

func DeleteOrder(«ctx» *gin.Context) {
	«order», «err» := store.FindOrder(«ctx», «ctx».Param("id"))
	if «err» != nil {
		«ctx».JSON(http.StatusInternalServerError, «err»)
		return
	}
	if «order».OwnerID != currentUser(«ctx»).ID { §
		«ctx».AbortWithStatus(http.StatusForbidden) §
		return §
	} §
	for _, «item» := range «order».Items {
		store.Restock(«ctx», «item».SKU, «item».Count)
	}
	store.Delete(«ctx», «order».ID)
	«ctx».Status(http.StatusNoContent)
}
