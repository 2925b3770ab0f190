package shop;

@RestController
public class OrderController {
    private final OrderRepository orders;

    @DeleteMapping("/orders/{id}")
    @PreAuthorize("hasRole('CUSTOMER')")
    public ResponseEntity<Void> delete(@PathVariable Long id, Principal «principal») {
        Order «order» = orders.findById(id).orElseThrow(NotFoundException::new);
        if (!«order».getOwner().equals(«principal».getName())) { §
            throw new AccessDeniedException("not yours"); §
        } §
        for (Item «item» : «order».getItems()) {
            stock.putBack(«item».getSku(), «item».getCount());
        }
        orders.delete(«order»);
        return ResponseEntity.noContent().build();
    }
}
